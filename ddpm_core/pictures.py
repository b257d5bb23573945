"""Between pictures at rest, uint8 (N, H, W, C), and pictures in the network, float [-1, 1] (N, C, H, W)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def to_tensor(images: NDArray[np.uint8], device: torch.device | str = "cpu") -> Tensor:
    """uint8 (N, H, W, C) -> float32 (N, C, H, W) in [-1, 1]."""
    return scaled(torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).to(device))


def scaled(images: Tensor) -> Tensor:
    """uint8 0..255 -> float32 in [-1, 1], any shape."""
    return images.float() / 127.5 - 1


def to_uint8(x: Tensor) -> NDArray[np.uint8]:
    """float (N, C, H, W) -> uint8 (N, H, W, C), clipped to [-1, 1] and never stretched."""
    bytes_ = ((x.detach().float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return bytes_.permute(0, 2, 3, 1).cpu().numpy()
