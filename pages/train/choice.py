"""Which run the page Train shows: one of the store's, or one that ships with the app; both look alike from here on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from ddpm_core.config import TrainConfig
from ddpm_core.runs.events import EpochEnd
from ddpm_core.runs.folder import RunFolder
from jobs.paths import checkpoints_dir
from jobs.store.records import Metrics, RunRecord
from pages.train import actions, branch, queue
from ui import state, theme
from ui.controls import select
from ui.datasets import class_label
from ui.guard import guard
from ui.i18n import t
from ui.runs.curves import ends, steps
from ui.runs.view import display_name, just_started, shipped, store
from ui.runs.words import describe

STYLE = Path(__file__).with_name("train.css")


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
    def fingerprint(self) -> tuple[object, ...]:
        """What the still part of the page is drawn from; when it has changed, all is drawn again."""
        return self.record.status if self.record else None, self.epochs

    @property
    def has_folder(self) -> bool:
        """Whether its worker has begun."""
        return (self.folder / "config.json").is_file()

    @property
    def epochs(self) -> tuple[int, ...]:
        """Epochs to look at: those with pictures, and the last one of a run that has ended."""
        if not self.has_folder:
            return ()
        run = RunFolder(self.folder)
        return tuple(
            epoch
            for epoch in run.epochs
            if run.denoise(epoch).is_file() or (not self.alive and epoch == run.epochs[-1])
        )


def with_curves() -> list[Shown]:
    """Every run that has curves: those of this computer, the newest first, then those that come with the app."""
    own = [Shown(record.id, record.config, record.folder, record) for record in store().runs() if record.step]
    return [*own, *(_shipped_run(checkpoints_dir() / name) for name in shipped())]


@st.cache_resource(max_entries=64, show_spinner=False)
def _shipped_run(folder: Path) -> Shown:
    return Shown(folder.name, RunFolder(folder).config, folder, None)


def now(shown: Shown) -> Shown:
    """The run as it stands at this moment; without a record where it was deleted, perhaps in another browser."""
    if shown.record is None:
        return shown
    with suppress(ValueError):
        return replace(shown, record=store().run(shown.id))
    return replace(shown, record=None)


def choose() -> Shown | None:
    """The list of runs, the chosen one in `?run=`; the newest if none is asked for, None when there is none at all."""
    records: dict[str, RunRecord] | None = None
    with guard():  # A store out of reach hides its own runs only.
        records = {record.id: record for record in store().runs()}
        actions.show_undo()
    return _choose_from(records or {}, reachable=records is not None)


def _choose_from(records: dict[str, RunRecord], *, reachable: bool) -> Shown | None:
    options = [*records, *shipped()]
    if started := just_started():
        st.session_state["run"] = started[-1]
        started.clear()
    actions.let_go_of_deleted()
    if not options:
        state.choice("run", ("",), "")
        return None
    state.choice("run", options, options[0])

    def label_of(run_id: str) -> str:
        if run_id in records:
            return describe(records[run_id])
        epochs = RunFolder(checkpoints_dir() / run_id).config.num_epochs
        return t("train.shipped_label", name=display_name(run_id), epochs=epochs)

    with st.container(key="train_runs", horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        chosen = select(
            t("train.run"), "run", options, options[0], label_of, keep_choice=True, label_visibility="collapsed"
        )
        record = records.get(chosen)
        folder = record.folder if record else checkpoints_dir() / chosen
        actions.show(chosen, folder, record)
        if reachable:
            queue.show()
            queue.teacher()
    actions.show_about(record)
    branch.show(chosen, record.name if record else chosen, folder)
    return Shown(chosen, record.config if record else RunFolder(folder).config, folder, record)


def curves(shown: Shown) -> tuple[Metrics, Sequence[EpochEnd]]:
    """The run's steps, thinned, and the ends of its epochs."""
    return steps(shown.record, shown.folder), ends(shown.record, shown.folder)


def class_names(shown: Shown) -> tuple[str, ...]:
    """What the samples show, in order; empty for a run without classes."""
    if not shown.config.class_conditional:
        return ()
    return tuple(class_label(name) for name in RunFolder(shown.folder).data_info.class_names)
