"""What the form of Train offers for a dataset: its presets, their speed, and whether there are pictures."""

from __future__ import annotations

import streamlit as st

from ddpm_core.config import DataConfig, TrainConfig
from ddpm_core.data import load_dataset
from ddpm_core.data.idx_sets import IDX_SETS
from ddpm_core.runs.presets import PRESETS, preset_for
from ui import datasets
from ui.errors import message_of
from ui.i18n import t

FITTED = "fitted"
"""The preset that is made for a dataset which has none of its own."""
PICTURES_PER_SECOND = {
    "sprites": 450,
    "sprites_quick": 750,
    "mnist": 400,
    "mnist_quick": 800,
    "digits_quick": 800,
    "points": 15_000,
    "course_sprites": 400,
    "cs180_one_step": 150,
    "cs180_time": 150,
    "cs180_class": 150,
}
"""Measured on two cores of a server, rounded down; the first run of the same network here takes their place."""
FEW = 2_000


def offered(dataset: str) -> dict[str, TrainConfig]:
    """Presets by name, the one to begin with first. Raises ValueError for a damaged dataset of one's own."""
    made = {name: preset for name, preset in PRESETS.items() if preset.data.name == dataset}
    if made:
        return dict(sorted(made.items(), key=lambda item: item[0] != f"{dataset}_quick"))
    info, num = datasets.facts(dataset)
    return {"points" if info.is_points else FITTED: preset_for(info, num)}


def pictures_per_second(preset: str, config: TrainConfig) -> float:
    """What two CPU cores can be expected to do."""
    if preset != FITTED:
        # Half the channels have been seen to be about twice as fast.
        typical = PRESETS[preset].unet.base_channels / config.unet.base_channels
        return PICTURES_PER_SECOND[preset] * typical
    like, side = ("sprites_quick", 16) if config.unet.patch_size == 1 else ("mnist_quick", 14)
    resolution = datasets.facts(config.data.name)[0].width / config.unet.patch_size
    base = PRESETS[like].unet.base_channels
    return PICTURES_PER_SECOND[like] * (side / resolution) ** 2 * base / config.unet.base_channels


def num_pictures(data: DataConfig) -> int:
    """How many pictures an epoch has."""
    return data.num_pictures or datasets.facts(data.name)[1] or 0


def require_pictures(data: DataConfig) -> None:
    """Raises ValueError, with the remedy, where there are no pictures to be had, or fewer than asked for."""
    endless = data.name not in IDX_SETS and datasets.facts(data.name)[1] is None
    try:
        _look(data.name, min(data.num_pictures, 1) if endless else data.num_pictures, datasets.changed(data.name))
    except (ValueError, OSError) as error:
        missing = f"{t('train.no_files')}\n\n" if data.name in IDX_SETS else ""
        raise ValueError(f"{missing}{message_of(error)}") from error


def are_few(data: DataConfig) -> bool:
    """Whether a network would soon know these pictures by heart, and nothing is done against it."""
    return num_pictures(data) < FEW and not (data.flip or data.shift)


@st.cache_data(max_entries=64, show_spinner=False)
def _look(name: str, num: int, changed: tuple[int, ...]) -> None:
    load_dataset(DataConfig(name, num_pictures=num, num_validation=1), "train")
