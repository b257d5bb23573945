"""What the page Data looks at: a dataset's pictures, its held-out ones counted, and what describes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from ddpm_core.config import DataConfig
from ddpm_core.data import Dataset, load_dataset
from ddpm_core.data.registry import num_training
from ddpm_core.data.statistics import DatasetStatistics, describe
from ui import datasets

DRAWN_HERE = 1000
"""How many pictures of a set that is drawn, and has no end, are looked at."""


@dataclass(frozen=True)
class Looked:
    """The pictures to train on, and what they are like."""

    dataset: Dataset
    endless: bool
    held_out: int
    statistics: DatasetStatistics

    def of_class(self, label: int | None) -> np.ndarray:
        """Places of a class's pictures, in order; of all pictures for None."""
        labels = self.dataset.labels
        return np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)


def look(name: str) -> Looked:
    """A dataset by name; ValueError with the remedy where its files are missing or damaged."""
    return _look(name, datasets.changed(name))


def mean_picture(name: str, label: int | None) -> np.ndarray:
    """The mean of a dataset's pictures, uint8 (H, W, C), or of those of one class."""
    return look(name).statistics.mean_picture if label is None else _mean(name, datasets.changed(name), label)


@st.cache_data(max_entries=256, show_spinner=False)
def _mean(name: str, changed: tuple[int, ...], label: int) -> np.ndarray:
    looked = _look(name, changed)
    places = looked.of_class(label)
    dataset = looked.dataset
    return describe(Dataset(dataset.images[places], dataset.labels[places], dataset.info)).mean_picture


@st.cache_resource(max_entries=4, show_spinner=False)
def _look(name: str, changed: tuple[int, ...]) -> Looked:
    endless = num_training(name) is None
    config = DataConfig(name, num_pictures=DRAWN_HERE if endless else 0)
    dataset = load_dataset(config, "train")
    return Looked(dataset, endless, len(load_dataset(config, "validation").labels), describe(dataset))
