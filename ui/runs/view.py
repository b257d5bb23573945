"""One run as pages see it: shipped with the app or trained on this computer, both alike from here on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import streamlit as st

from ddpm_core.config import KINDS_THAT_SAMPLE, TrainConfig
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from jobs.paths import checkpoints_dir
from jobs.store.records import Metrics, RunRecord
from ui.guard import guard
from ui.i18n import t
from ui.runs.store import store
from ui.runs.words import display_name

FIRST = "sprites"
"""The shipped run that a first visit sees."""
MAX_POINTS = 400
"""As many steps as a chart can show."""


@dataclass(frozen=True)
class RunView:
    """A run at one moment; what its folder tells is read once. record is None for a run that ships with the app."""

    id: str
    config: TrainConfig
    path: Path
    record: RunRecord | None = None

    @property
    def raw_name(self) -> str:
        """As its files are called."""
        return self.record.name if self.record else self.id

    @property
    def name(self) -> str:
        """In the visitor's language, where it is a preset's."""
        return display_name(self.raw_name)

    @property
    def label(self) -> str:
        """Its name, and whether it ships with the app."""
        return self.name if self.record else t("common.shipped", name=self.name)

    @property
    def alive(self) -> bool:
        """Whether there is more to come."""
        return self.record is not None and (self.record.active or self.record.status == "queued")

    @property
    def makes_pictures(self) -> bool:
        """Whether it draws from noise; a one-step denoiser does not."""
        return self.config.kind in KINDS_THAT_SAMPLE

    @cached_property
    def folder(self) -> RunFolder | None:
        """Its folder; None while it waits in the queue."""
        return RunFolder(self.path) if (self.path / "config.json").is_file() else None

    @cached_property
    def epochs(self) -> tuple[int, ...]:
        """Epochs with a checkpoint, in order."""
        return self.folder.epochs if self.folder else ()

    @cached_property
    def epochs_to_look_at(self) -> tuple[int, ...]:
        """Epochs whose pictures are there, and the last one of a run that has ended."""
        folder = self.folder
        if folder is None:
            return ()
        last = self.epochs[-1:] if not self.alive else ()
        return tuple(epoch for epoch in self.epochs if epoch in last or folder.denoise(epoch).is_file())

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes that it can be asked for, in order; none for a run without."""
        return self.folder.data_info.class_names if self.folder and self.config.class_conditional else ()

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """What the still parts of a page are drawn from; when it has changed, all is drawn again."""
        return self.record.status if self.record else "", self.epochs, self.epochs_to_look_at

    @cached_property
    def steps(self) -> Metrics:
        """The steps of its training so far, thinned."""
        return store().metrics(self.id, MAX_POINTS) if self.record else _recorded(self.path)[0]

    @cached_property
    def ends(self) -> Sequence[EpochEnd]:
        """The ends of its epochs so far."""
        return store().epochs(self.id) if self.record else _recorded(self.path)[1]

    def now(self) -> RunView | None:
        """The run as it stands at this moment; None where it was deleted, perhaps in another browser."""
        if self.record is None:
            return self
        with suppress(ValueError):
            return own_run(store().run(self.id))
        return None


def own_run(record: RunRecord) -> RunView:
    """A run of this computer."""
    return RunView(record.id, record.config, record.folder, record)


def own_runs() -> list[RunView]:
    """The runs of this computer, the newest first; none, and a message, where the store cannot be read."""
    with guard():
        return [own_run(record) for record in store().runs()]
    return []


def shipped_runs() -> list[RunView]:
    """The runs that come with the app, the one that a first visit sees first."""
    folders = sorted(file.parent for file in checkpoints_dir().glob("*/config.json"))
    return [_shipped(folder) for folder in sorted(folders, key=lambda folder: folder.name != FIRST)]


def find(run_id: str) -> RunView:
    """A run by its id. Raises ValueError where there is none."""
    shipped = {run.id: run for run in shipped_runs()}
    return shipped[run_id] if run_id in shipped else own_run(store().run(run_id))


def name_of(run_id: str) -> str:
    """What a run is called; one that is gone goes by its id."""
    with suppress(ValueError, OSError):
        return find(run_id).name
    return display_name(run_id)


def drawing_runs() -> dict[str, RunView]:
    """Runs that draw from noise and have a checkpoint, by id: shipped ones first, then this computer's."""
    return {run.id: run for run in (*shipped_runs(), *own_runs()) if run.makes_pictures and run.epochs}


def _shipped(path: Path) -> RunView:
    return RunView(path.name, _config(path, (path / "config.json").stat().st_mtime_ns), path)


@st.cache_resource(max_entries=64, show_spinner=False)
def _config(path: Path, _changed: int) -> TrainConfig:
    return RunFolder(path).config


@st.cache_resource(max_entries=16, show_spinner=False)
def _recorded(path: Path) -> tuple[Metrics, Sequence[EpochEnd]]:
    """The curves that a run's own folder has."""
    run = RunFolder(path)
    rows = CsvLog(run.metrics, TrainStep).rows()
    thinned = rows[:: 1 + len(rows) // MAX_POINTS]
    columns = {name: np.array([getattr(row, name) for row in thinned]) for name in Metrics.__dataclass_fields__}
    return Metrics(**columns), CsvLog(run.epoch_metrics, EpochEnd).rows()
