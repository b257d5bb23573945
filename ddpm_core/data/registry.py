"""The one door to all datasets: each by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ddpm_core.config import DataConfig
from ddpm_core.data import digits, idx_sets, points, sprites
from ddpm_core.data.dataset import DataInfo, Dataset, Split, data_dir
from ddpm_core.data.own.datasets import load_own_split, own_datasets
from ddpm_core.data.own.files import is_own
from ddpm_core.errors import Message, require

Draw = Callable[[int, int], tuple[NDArray[Any], NDArray[Any]]]
"""(num, seed) -> pictures or points, and their labels."""


def load_dataset(config: DataConfig, split: Split) -> Dataset:
    """The pictures to train on, or those held out, which no run on the dataset trains on.

    Raises: ValueError, with the remedy, for an unknown name, missing or damaged files, or too many pictures asked for.
    """
    if config.name in _DRAWN:
        return _draw(*_DRAWN[config.name], config, split)
    if config.name in idx_sets.IDX_SETS:
        return _load_idx(config, split)
    if is_own(config.name):
        return load_own_split(config, split)
    names = ", ".join(dataset_names())
    raise ValueError(Message("value.of_setting", name="data.name", value=repr(config.name), allowed=names))


def dataset_names() -> tuple[str, ...]:
    """What DataConfig.name may be: the built-in datasets, then the learner's own."""
    return (*_DRAWN, *idx_sets.IDX_SETS, *own_datasets())


def num_training(name: str) -> int | None:
    """How many pictures there are to train on; None for drawn ones, which have no end.

    Raises: ValueError for an unknown name, or files that are missing or damaged.
    """
    if name in _DRAWN:
        return None
    return len(load_dataset(DataConfig(name, num_pictures=0), "train").images)


def fetch(name: str) -> Path:
    """Download a dataset's files, unless they are there; returns their folder.

    Raises: ValueError for a dataset that has no files; OSError when no mirror has them, with the remedy.
    """
    require(name in idx_sets.IDX_SETS, "dataset", name, f"{', '.join(idx_sets.IDX_SETS)} (all others need no download)")
    idx_sets.fetch_idx(name, data_dir() / name)
    return data_dir() / name


def _draw(draw: Draw, info: DataInfo, config: DataConfig, split: Split) -> Dataset:
    if config.num_pictures == 0:
        raise ValueError(Message("dataset.endless", name=info.name))
    # DataConfig.seed is below 2**31: nothing held out is drawn from a seed that can be trained on.
    num, seed = (config.num_pictures, config.seed) if split == "train" else (config.num_validation, config.seed + 2**31)
    return Dataset(*draw(num, seed), info)


def _load_idx(config: DataConfig, split: Split) -> Dataset:
    name, is_train = config.name, split == "train"
    images, labels = idx_sets.load_idx(name, data_dir() / name, split)
    key, num = ("num_pictures", config.num_pictures) if is_train else ("num_validation", config.num_validation)
    allowed = Message("allowed.range_or_all" if is_train else "allowed.range_for", low=1, high=len(images), name=name)
    require(num <= len(images), f"data.{key}", num, allowed)
    num = num or len(images)
    _, height, width, channels = images.shape
    info = DataInfo(name, height, width, channels, idx_sets.IDX_SETS[name].class_names)
    return Dataset(images[:num], labels[:num], info)


_DRAWN: dict[str, tuple[Draw, DataInfo]] = {
    "sprites": (sprites.make_sprites, DataInfo("sprites", sprites.SIZE, sprites.SIZE, 3, sprites.CLASS_NAMES)),
    "digits": (digits.make_digits, DataInfo("digits", digits.SIZE, digits.SIZE, 1, digits.CLASS_NAMES)),
} | {
    name: (partial(points.make_points, name), DataInfo(name, 1, 1, 2, class_names))
    for name, class_names in points.CLASS_NAMES.items()
}
