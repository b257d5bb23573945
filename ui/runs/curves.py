"""A run's curves: from the store where it is one of this computer's, else as its own folder has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from ddpm_core.runs.csv_log import Journal
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from jobs.store.records import Metrics, RunRecord
from ui.runs.view import store

MAX_POINTS = 400
"""As many steps as a chart can show."""


def steps(record: RunRecord | None, folder: Path) -> Metrics:
    """The steps of a run, thinned; record is None for one that ships with the app."""
    return store().metrics(record.id, MAX_POINTS) if record else _recorded(folder)[0]


def ends(record: RunRecord | None, folder: Path) -> Sequence[EpochEnd]:
    """The ends of its epochs so far."""
    return store().epochs(record.id) if record else _recorded(folder)[1]


@st.cache_resource(max_entries=16, show_spinner=False)
def _recorded(folder: Path) -> tuple[Metrics, Sequence[EpochEnd]]:
    run = RunFolder(folder)
    rows = Journal(run.metrics, TrainStep).rows()
    thinned = rows[:: 1 + len(rows) // MAX_POINTS]
    columns = {name: np.array([getattr(row, name) for row in thinned]) for name in Metrics.__dataclass_fields__}
    return Metrics(**columns), Journal(run.epoch_metrics, EpochEnd).rows()
