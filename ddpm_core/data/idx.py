"""The IDX format, in which MNIST and its kin lie: read whole or refused."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from io import BufferedIOBase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddpm_core.errors import Message

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MAX_DIMS, _MAX_BYTES = 4, 2**29
BROKEN_GZIP = (EOFError, gzip.BadGzipFile, zlib.error)


def parse_idx(file: BufferedIOBase, where: str, remedy: str) -> NDArray[Any]:
    """An array from an IDX file, raw or gzip-compressed (http://yann.lecun.com/exdb/mnist, "the IDX file format").

    Raises: ValueError that names the file (where), what is wrong with it and the remedy.
    """
    try:
        return _parse(decompressed(file))
    except BROKEN_GZIP as error:
        raise ValueError(Message("idx.broken_gzip", where=where, reason=error, remedy=remedy)) from error
    except ValueError as error:
        raise ValueError(Message("idx.damaged", where=where, reason=error, remedy=remedy)) from error


def decompressed(file: BufferedIOBase) -> BufferedIOBase:
    """The content of a seekable file that may be gzip-compressed."""
    compressed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if compressed else file


def _parse(file: BufferedIOBase) -> NDArray[Any]:
    magic = file.read(4)
    if len(magic) < 4:
        raise ValueError(Message("idx.short_header", num=len(magic)))
    zeros, code, dims = struct.unpack(">HBB", magic)
    if zeros != 0 or code not in _DTYPES:
        raise ValueError(Message("idx.wrong_start", bytes=magic.hex(" ")))
    if not 1 <= dims <= _MAX_DIMS:
        raise ValueError(Message("idx.wrong_dimensions", num=dims, most=_MAX_DIMS))
    header = file.read(4 * dims)
    if len(header) < 4 * dims:
        raise ValueError(Message("idx.short_header", num=4 + len(header)))
    shape, dtype = struct.unpack(f">{dims}I", header), np.dtype(_DTYPES[code])
    size = math.prod(shape) * dtype.itemsize
    if not 1 <= size <= _MAX_BYTES:
        raise ValueError(Message("idx.wrong_size", shape=shape, size=size, most=_MAX_BYTES))
    content = file.read(size)
    if len(content) < size:
        raise ValueError(Message("idx.truncated", num=len(content), shape=shape, size=size))
    if file.read(1):
        raise ValueError(Message("idx.too_long", size=size, shape=shape))
    # A copy in the machine's byte order, which torch needs, and writable.
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="))
