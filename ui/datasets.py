"""The datasets a visitor can choose from, and their classes, by the names they go by in the visitor's language."""

from __future__ import annotations

import streamlit as st

from ddpm_core.config import DataConfig
from ddpm_core.data import DataInfo, data_dir, load_dataset
from ddpm_core.data.idx_sets import IDX_SETS
from ddpm_core.data.registry import num_training
from ui.i18n import t_or

NUM_IDX = 60_000
"""Pictures to train on in MNIST, and as many in Fashion-MNIST."""


def label(name: str) -> str:
    """What a dataset is called in the visitor's language; a visitor's own is called as they named it."""
    return t_or(f"datasets.{name}", name)


def class_label(name: str) -> str:
    """The translated name of a class; digits and names unknown here stay as they are."""
    return t_or(f"classes.{name}", name.replace("_", " "))


def facts(name: str) -> tuple[DataInfo, int | None]:
    """What a network must know of a dataset, and how many pictures it has to train on (None: without end).

    Raises ValueError where it is not there or damaged; MNIST and Fashion-MNIST are known before they are downloaded.
    """
    if name in IDX_SETS:
        return DataInfo(name, 28, 28, 1, IDX_SETS[name].class_names), NUM_IDX
    return _facts(name, changed(name))


def changed(name: str) -> tuple[int, ...]:
    """Another value when a file of the dataset is another, so that nothing old is shown."""
    folder = data_dir() / name
    return tuple(sorted(path.stat().st_mtime_ns for path in folder.iterdir())) if folder.is_dir() else ()


@st.cache_data(max_entries=64, show_spinner=False)
def _facts(name: str, changed: tuple[int, ...]) -> tuple[DataInfo, int | None]:
    return load_dataset(DataConfig(name, num_pictures=1, num_validation=1), "train").info, num_training(name)
