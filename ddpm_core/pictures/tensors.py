"""Between data at rest, (N, H, W, C), pictures uint8 and points float, and in the network, float (N, C, H, W)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def to_tensor(images: NDArray[np.uint8] | NDArray[np.float32], device: torch.device | str = "cpu") -> Tensor:
    """uint8 (N, H, W, C) -> float32 (N, C, H, W) in [-1, 1]; points, float already, stay as they are."""
    return scaled(torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).to(device))


def scaled(images: Tensor) -> Tensor:
    """uint8 0..255 -> float32 in [-1, 1], any shape; floats stay as they are."""
    return images if images.is_floating_point() else images.float() / 127.5 - 1


def to_uint8(x: Tensor) -> NDArray[np.uint8]:
    """float (N, C, H, W) -> uint8 (N, H, W, C), clipped to [-1, 1] and never stretched."""
    bytes_ = ((x.detach().float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return bytes_.permute(0, 2, 3, 1).cpu().numpy()


def to_points(x: Tensor) -> NDArray[np.float32]:
    """float (N, 2, 1, 1) -> float32 (N, 1, 1, 2), not clipped: noise lies where it lies."""
    return x.detach().float().permute(0, 2, 3, 1).cpu().numpy()


def at_rest(x: Tensor, *, points: bool) -> NDArray[np.uint8] | NDArray[np.float32]:
    """Out of the network, as a dataset holds it: (N, H, W, C), uint8 pictures or float32 points."""
    return to_points(x) if points else to_uint8(x)
