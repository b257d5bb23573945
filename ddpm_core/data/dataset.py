"""What every source of pictures is turned into."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ddpm_core.config import require

Split = Literal["train", "validation"]


@dataclass(frozen=True)
class DataInfo:
    """What a network must know of its pictures; class_names is empty for pictures without labels."""

    name: str
    height: int
    width: int
    channels: int
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(min(self.height, self.width) >= 1, "picture size", (self.height, self.width), "1 or more each way")
        fits = self.channels in (1, 3) or self.is_points
        require(fits, "channels", self.channels, "1 (grey) or 3 (colour), or 2 (x, y) for points, which are 1 x 1")

    @property
    def is_points(self) -> bool:
        """Whether these are points of the plane: pictures of one pixel, whose channels are x and y."""
        return (self.height, self.width, self.channels) == (1, 1, 2)


@dataclass(frozen=True)
class Dataset:
    """Pictures, uint8 (N, H, W, C), or points, float32 (N, 1, 1, 2), and their classes, int64 (N,)."""

    images: NDArray[np.uint8] | NDArray[np.float32]
    labels: NDArray[np.int64]
    info: DataInfo

    def __post_init__(self) -> None:
        name, info = f"dataset {self.info.name}", self.info
        dtype = "float32" if info.is_points else "uint8"
        require(self.images.dtype == dtype, f"{name}, images' dtype", str(self.images.dtype), dtype)
        require(self.labels.dtype == np.int64, f"{name}, labels' dtype", str(self.labels.dtype), "int64")
        shape = (len(self.images), info.height, info.width, info.channels)
        require(self.images.shape == shape, f"{name}, images' shape", self.images.shape, f"{shape}, from its info")
        require(self.labels.shape == shape[:1], f"{name}, labels' shape", self.labels.shape, f"{shape[:1]}, one each")
        if info.class_names and len(self.labels):
            allowed = f"0 to {len(info.class_names) - 1}"
            low, high = int(self.labels.min()), int(self.labels.max())
            require(low >= 0, f"{name}, smallest label", low, allowed)
            require(high < len(info.class_names), f"{name}, largest label", high, allowed)


def data_dir() -> Path:
    """Where dataset files lie: DDPM_DATA_DIR, else `data` beside the package."""
    return Path(os.environ.get("DDPM_DATA_DIR") or Path(__file__).parents[2] / "data")
