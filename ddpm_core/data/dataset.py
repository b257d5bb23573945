"""What every source of pictures is turned into."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ddpm_core.errors import Message, require, require_between

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
        size = (self.height, self.width)
        require(min(size) >= 1, Message("what.picture_size"), size, Message("allowed.one_each_way"))
        fits = self.channels in (1, 3) or self.is_points
        require(fits, "channels", self.channels, Message("allowed.channels"))

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
        images, labels, info, name = self.images, self.labels, self.info, self.info.name
        dtype = "float32" if info.is_points else "uint8"
        require(images.dtype == dtype, Message("what.images_dtype", name=name), str(images.dtype), dtype)
        require(labels.dtype == np.int64, Message("what.labels_dtype", name=name), str(labels.dtype), "int64")
        shape = (len(images), info.height, info.width, info.channels)
        own, one_each = Message("allowed.shape", shape=shape), Message("allowed.shape_of_labels", shape=shape[:1])
        require(images.shape == shape, Message("what.images_shape", name=name), images.shape, own)
        require(labels.shape == shape[:1], Message("what.labels_shape", name=name), labels.shape, one_each)
        if info.class_names and len(labels):
            most = len(info.class_names) - 1
            require_between(Message("what.smallest_label", name=name), int(labels.min()), 0, most)
            require_between(Message("what.largest_label", name=name), int(labels.max()), 0, most)


def data_dir() -> Path:
    """Where dataset files lie: DDPM_DATA_DIR, else `data` beside the package."""
    return Path(os.environ.get("DDPM_DATA_DIR") or Path(__file__).parents[2] / "data")
