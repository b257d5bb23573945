"""What is done to a picture before a network sees it, in NumPy, for those who show it step by step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def as_network_sees(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (H, W, C), 0 to 255 -> float32 (C, H, W), -1 to 1: to the bit as pictures.tensors.to_tensor."""
    return picture.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - np.float32(1)


def augmented(picture: NDArray[np.uint8], *, flip: bool, down: int, right: int) -> NDArray[np.uint8]:
    """A picture, (H, W, C), mirrored or not, then moved: one of those ddpm_core.training.augment.augment draws from.

    What moves in continues the picture's edge.
    """
    height, width, _ = picture.shape
    rows = (np.arange(height) - down).clip(0, height - 1)
    columns = (np.arange(width) - right).clip(0, width - 1)
    moved: NDArray[np.uint8] = (picture[:, ::-1] if flip else picture)[rows][:, columns]
    return moved
