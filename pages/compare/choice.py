"""The runs that the page Compare holds side by side: which they are, their colours, and what their folders tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import streamlit as st

from ddpm_core.config import TrainConfig
from ddpm_core.runs.events import EpochEnd
from ddpm_core.runs.folder import RunFolder
from jobs.paths import checkpoints_dir
from jobs.store.records import Metrics, RunRecord
from ui import controls
from ui.guard import guard
from ui.i18n import t
from ui.runs import curves
from ui.runs.view import display_name, shipped, store
from ui.runs.words import when

MOST = 4
LETTERS = "ABCD"
TWINS = ("sprites_eps", "sprites_x0", "sprites_v")
"""Shipped runs that differ in one knob: what a first visit compares."""


@dataclass(frozen=True)
class Compared:
    """One of the runs on the page; record is None for a shipped one."""

    letter: str
    id: str
    name: str
    config: TrainConfig
    folder: Path
    record: RunRecord | None

    @property
    def label(self) -> str:
        return f"{self.letter} · {self.name}"

    @property
    def alive(self) -> bool:
        """Whether there is more to come."""
        return self.record is not None and (self.record.active or self.record.status == "queued")

    @cached_property
    def run(self) -> RunFolder | None:
        """Its folder; None while it waits in the queue."""
        return RunFolder(self.folder) if (self.folder / "config.json").is_file() else None

    @property
    def epochs(self) -> tuple[int, ...]:
        """Epochs with a checkpoint."""
        return self.run.epochs if self.run else ()

    @cached_property
    def steps(self) -> Metrics:
        """The steps of its training so far, thinned."""
        return curves.steps(self.record, self.folder)

    @cached_property
    def ends(self) -> Sequence[EpochEnd]:
        """The ends of its epochs so far."""
        return curves.ends(self.record, self.folder)


def choose() -> list[Compared]:
    """The runs in `?runs=a,b`, in that order, at most MOST; at first the shipped twins, or what there is."""
    records: dict[str, RunRecord] = {}
    with guard():  # a broken store hides only its own
        records = {record.id: record for record in store().runs()}
    options = [*shipped(), *records]

    def label_of(run_id: str) -> str:
        if run_id in records:
            return f"{display_name(records[run_id].name)} · {when(records[run_id].created)}"
        return t("common.shipped", name=display_name(run_id))

    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_runs_toolbar"):
        words, help_ = t("compare.runs"), t("compare.runs_help")
        chosen = controls.several(
            words,
            "runs",
            options,
            label_of,
            default=_at_first(shipped(), records),
            placeholder=t("compare.runs_none"),
            help=help_,
        )
        st.toggle(t("compare.knobs"), key="knobs", bind="query-params", help=t("compare.knobs_help"))
    if len(chosen) > MOST:
        st.warning(t("compare.too_many", most=MOST), icon=":material/filter_4:")
    return [_compared(*pair, records) for pair in zip(LETTERS, chosen, strict=False)]


def show(run_ids: Sequence[str]) -> None:
    """Compare these runs from the next rerun on; for callbacks."""
    st.session_state["runs"] = tuple(run_ids)


def _at_first(names: Sequence[str], records: dict[str, RunRecord]) -> tuple[str, ...]:
    twins = [name for name in TWINS if name in names]
    own = [run_id for run_id, record in records.items() if record.status == "finished"]
    return tuple((twins if len(twins) > 1 else [*own, *names])[:2])


def _compared(letter: str, run_id: str, records: dict[str, RunRecord]) -> Compared:
    if run_id in records:
        record = records[run_id]
        return Compared(letter, run_id, display_name(record.name), record.config, record.folder, record)
    folder = checkpoints_dir() / run_id
    return Compared(letter, run_id, display_name(run_id), RunFolder(folder).config, folder, None)


def refreshed(runs: Sequence[Compared]) -> list[Compared]:
    """The same runs as the store knows them now."""
    return [replace(run, record=store().run(run.id)) if run.record else run for run in runs]


def fingerprint(runs: Sequence[Compared]) -> tuple[object, ...]:
    """What the still parts of the page were drawn from; when it has changed, all is drawn again."""
    return tuple((run.record.status if run.record else "", run.epochs) for run in runs)
