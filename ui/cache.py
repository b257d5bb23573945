"""What several pages look up again and again, kept by Streamlit: tables, pictures, descriptions of runs."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ddpm_core.config import DataConfig, ScheduleConfig
from ddpm_core.data import Dataset, load_dataset
from ddpm_core.data.sprites import make_sprites
from ddpm_core.schedule import NoiseSchedule
from ui import datasets


@st.cache_resource(max_entries=64, show_spinner=False)
def schedule(config: ScheduleConfig) -> NoiseSchedule:
    """The tables of a schedule; they are shared, so nobody writes into them."""
    return NoiseSchedule(config)


@st.cache_data(max_entries=256, show_spinner=False)
def sprite(label: int, seed: int) -> np.ndarray:
    """One sprite of class `label`, uint8 (16, 16, 3); another one for each seed."""
    images, _ = make_sprites(label + 1, seed)
    return images[label]


def held_out(name: str) -> Dataset:
    """Pictures no network here was trained on; ValueError with the remedy where the files are missing."""
    return _held_out(name, datasets.changed(name))


@st.cache_resource(max_entries=4, show_spinner=False)
def _held_out(name: str, changed: tuple[int, ...]) -> Dataset:
    return load_dataset(DataConfig(name=name, num_validation=1000), "validation")
