"""What every source of pictures is turned into, and the one door to all of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ddpm_core.config import DataConfig, require
from ddpm_core.data import files, sprites

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
        require(self.channels in (1, 3), "channels", self.channels, "1 (grey) or 3 (colour)")


@dataclass(frozen=True)
class Dataset:
    """Pictures, uint8 (N, H, W, C), and their classes, int64 (N,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    info: DataInfo

    def __post_init__(self) -> None:
        name, info = f"dataset {self.info.name}", self.info
        require(self.images.dtype == np.uint8, f"{name}, images' dtype", str(self.images.dtype), "uint8")
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


def load_dataset(config: DataConfig, split: Split) -> Dataset:
    """The pictures to train on, or those held out: never one that a sprite run or the MNIST files train on.

    Raises: ValueError, with the remedy, for an unknown name, missing or damaged files, or too many pictures asked for.
    """
    require(config.name in _LOADERS, "data.name", config.name, ", ".join(_LOADERS))
    require(split in ("train", "validation"), "split", split, "train, validation")
    return _LOADERS[config.name](config, split)


def dataset_names() -> tuple[str, ...]:
    """What DataConfig.name may be."""
    return tuple(_LOADERS)


def fetch(name: str) -> Path:
    """Download a dataset's files, unless they are there; returns their folder.

    Raises: ValueError for a dataset that has no files; OSError when no mirror has them, with the remedy.
    """
    require(name == "mnist", "dataset", name, "mnist (sprites are drawn, they need no files)")
    folder = data_dir() / "mnist"
    files.fetch_mnist(folder)
    return folder


def _load_sprites(config: DataConfig, split: Split) -> Dataset:
    if config.num_pictures == 0:
        raise ValueError("data.num_pictures is 0, all there are: sprites have no end. Give a number, such as 20000.")
    # DataConfig.seed is below 2**31: no held-out sprite is drawn from a seed that can be trained on.
    num, seed = (config.num_pictures, config.seed) if split == "train" else (config.num_validation, config.seed + 2**31)
    images, labels = sprites.make_sprites(num, seed)
    return Dataset(images, labels, DataInfo("sprites", sprites.SIZE, sprites.SIZE, 3, sprites.CLASS_NAMES))


def _load_mnist(config: DataConfig, split: Split) -> Dataset:
    images, labels = files.load_mnist(data_dir() / "mnist", "train" if split == "train" else "test")
    name, num = ("num_pictures", config.num_pictures) if split == "train" else ("num_validation", config.num_validation)
    allowed = f"1 to {len(images)} for mnist" + (", or 0 for all" if split == "train" else "")
    require(num <= len(images), f"data.{name}", num, allowed)
    num = num or len(images)
    _, height, width, channels = images.shape
    return Dataset(images[:num], labels[:num], DataInfo("mnist", height, width, channels, files.DIGITS))


_LOADERS: dict[str, Callable[[DataConfig, Split], Dataset]] = {"sprites": _load_sprites, "mnist": _load_mnist}
