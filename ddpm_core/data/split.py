"""Which pictures of a dataset without a split of its own are held out."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHARE = 10
"""One picture in so many is held out."""


def split_order(images: NDArray[Any], labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """All picture numbers, those held out first, and how many these are: one in ten of each class, at least one in all.

    Chosen by the pictures' hashes: the same whatever their order, pictures added later leave nearly all others on
    their side, and equal pictures fall together. Each part takes the classes in turn, so that its beginning has all.
    """
    hashes = picture_hashes(images)
    by_class = np.lexsort((hashes, labels))
    counts = np.bincount(labels)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.empty(len(labels), np.int64)
    place[by_class] = np.arange(len(labels)) - np.repeat(first, counts)
    held_out = place < (counts[labels] + SHARE // 2) // SHARE
    if not held_out.any():
        held_out[np.argmin(hashes)] = True
    return np.lexsort((hashes, place, ~held_out)), int(held_out.sum())


def picture_hashes(images: NDArray[Any]) -> NDArray[np.uint64]:
    """A number for each picture, (N,): equal pictures have equal numbers, others as good as never."""
    content = (hashlib.blake2b(image.tobytes(), digest_size=8).digest() for image in images)
    return np.frombuffer(b"".join(content), "<u8").astype(np.uint64)
