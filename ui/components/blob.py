"""One blob of bytes carries an exhibit's words, numbers and pictures to the browser, which never asks for more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

DTYPES = ("uint8", "uint16", "int32", "float32")
"""What mount.js can read."""


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """u32 header length, JSON header padded to 4, raw arrays, each padded to 4; all little-endian.

    The header gains "arrays": {name: {dtype, shape, offset}} with offsets from the first array, and "digest",
    by which the browser sees that a blob brings nothing new. Raises ValueError for another dtype.
    """
    table, chunks, offset = {}, [], 0
    digest = hashlib.blake2b(json.dumps(header).encode(), digest_size=8)
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES:
            raise ValueError(f"array {name!r} has dtype {array.dtype}; allowed: {', '.join(DTYPES)}.")
        raw = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        table[name] = {"dtype": array.dtype.name, "shape": array.shape, "offset": offset}
        digest.update(raw.data)
        chunks += [raw.data.cast("B") if raw.size else b"", bytes(-raw.nbytes % 4)]
        offset += raw.nbytes + (-raw.nbytes % 4)
    text = json.dumps({**header, "arrays": table, "digest": digest.hexdigest()}).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([len(text).to_bytes(4, "little"), text, *chunks])
