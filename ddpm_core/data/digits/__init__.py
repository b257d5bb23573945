"""Handwritten digits drawn from a seed: 28 × 28, white on black, as MNIST's are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ddpm_core.data.digits.forms import FORMS
from ddpm_core.data.digits.ink import BLOCK, SIZE, write

CLASS_NAMES = tuple(FORMS)


def make_digits(num: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures and their classes, in turn; picture i of a seed is the same whatever `num`.

    Returns: uint8 (num, 28, 28, 1), int64 (num,) in 0..9.
    """
    labels = np.arange(num, dtype=np.int64) % len(CLASS_NAMES)
    images = np.empty((num, SIZE, SIZE, 1), np.uint8)
    for i in range(0, num, BLOCK):
        # A block is always drawn whole, so that its pictures do not depend on where `num` ends.
        block = write(np.arange(BLOCK) % len(CLASS_NAMES), np.random.default_rng((seed, i // BLOCK)))
        images[i : i + BLOCK, :, :, 0] = block[: num - i]
    return images, labels


__all__ = ["CLASS_NAMES", "SIZE", "make_digits"]
