"""Which run the page Train shows: one of the store's, or one that ships with the app; both look alike from here on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from ddpm_core.config import TrainConfig
from ddpm_core.events import EpochEnd, TrainStep
from ddpm_core.journal import Journal
from ddpm_core.run import RunFolder
from jobs.records import EpochRecord, Metrics, RunRecord
from ui import state, theme
from ui.classes import class_label
from ui.i18n import t
from ui.runs import CHECKPOINTS, store
from ui.views import train_actions
from ui.views.train_controls import select
from ui.views.train_words import describe, display_name

STYLE = Path(__file__).with_name("train.css")
MAX_POINTS = 400


def style() -> None:
    """The look of the live part and the film strip."""
    st.html(f"<style>.bars, .film {{{theme.css()}}}{STYLE.read_text(encoding='utf-8')}</style>")


@dataclass(frozen=True)
class Shown:
    """The run on screen; record is None for a shipped one."""

    id: str
    config: TrainConfig
    folder: Path
    record: RunRecord | None

    @property
    def alive(self) -> bool:
        """Whether there is more to come."""
        return self.record is not None and (self.record.active or self.record.status == "queued")

    @property
    def epochs(self) -> tuple[int, ...]:
        """Epochs to look at: those with pictures, and the last one of a run that has ended."""
        if not (self.folder / "config.json").is_file():
            return ()
        run = RunFolder(self.folder)
        return tuple(
            epoch
            for epoch in run.epochs
            if run.denoise(epoch).is_file() or (not self.alive and epoch == run.epochs[-1])
        )


def shipped() -> list[str]:
    """The names of the runs that come with the app."""
    return sorted(file.parent.name for file in CHECKPOINTS.glob("*/config.json"))


def fingerprint(shown: Shown) -> tuple[object, ...]:
    """What the still part of the page was drawn from; when it has changed, all is drawn again."""
    return (shown.record and store().run(shown.id).status, shown.epochs)


def choose() -> Shown | None:
    """The list of runs, the chosen one in `?run=`; the newest if none is asked for, None when there is none at all."""
    records = {record.id: record for record in store().runs()}
    options = [*records, *shipped()]
    if not options:
        state.choice("run", ("",), "")
        return None
    state.choice("run", options, options[0])

    def label_of(run_id: str) -> str:
        if run_id in records:
            return describe(records[run_id])
        epochs = RunFolder(CHECKPOINTS / run_id).config.num_epochs
        return t("train.shipped_label", name=display_name(run_id), epochs=epochs)

    with st.container(key="train_runs", horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        chosen = select(
            t("train.run"), "run", options, options[0], label_of, always_in_url=True, label_visibility="collapsed"
        )
        if chosen in records:
            train_actions.show(records[chosen])
    if chosen in records:
        record = records[chosen]
        return Shown(chosen, record.config, record.folder, record)
    return Shown(chosen, RunFolder(CHECKPOINTS / chosen).config, CHECKPOINTS / chosen, None)


def curves(shown: Shown) -> tuple[Metrics, Sequence[EpochRecord | EpochEnd]]:
    """The run's steps, thinned, and the ends of its epochs."""
    if shown.record is None:
        return _recorded(shown.folder)
    return store().metrics(shown.id, MAX_POINTS), store().epochs(shown.id)


@st.cache_resource(max_entries=16, show_spinner=False)
def _recorded(folder: Path) -> tuple[Metrics, Sequence[EpochEnd]]:
    """The curves as the run's own folder has them."""
    run = RunFolder(folder)
    steps = Journal(run.metrics, TrainStep).rows()
    thinned = steps[:: 1 + len(steps) // MAX_POINTS]
    columns = {name: np.array([getattr(row, name) for row in thinned]) for name in Metrics.__dataclass_fields__}
    return Metrics(**columns), Journal(run.epoch_metrics, EpochEnd).rows()


def class_names(shown: Shown) -> tuple[str, ...]:
    """What the samples show, in order; empty for a run without classes."""
    if not shown.config.class_conditional:
        return ()
    return tuple(class_label(name) for name in RunFolder(shown.folder).data_info.class_names)
