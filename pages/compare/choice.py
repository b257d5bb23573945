"""The runs that the page Compare holds side by side: which they are, and their letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ui import controls
from ui.i18n import t
from ui.runs.view import RunView, own_runs, shipped_runs
from ui.runs.words import when

MOST = 4
LETTERS = "ABCD"
TWINS = ("sprites_eps", "sprites_x0", "sprites_v")
"""Shipped runs that differ in one setting: what a first visit compares."""


@dataclass(frozen=True)
class Lettered:
    """One of the runs on the page."""

    letter: str
    run: RunView

    @property
    def label(self) -> str:
        """By which charts and files tell it apart."""
        return f"{self.letter} · {self.run.name}"


def choose() -> list[Lettered]:
    """The runs in `?runs=a,b`, in that order, at most MOST; at first the shipped twins, or what there is."""
    shipped, own = shipped_runs(), own_runs()
    runs = {run.id: run for run in (*shipped, *own)}
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_runs_toolbar"):
        chosen = controls.several(
            "compare.runs",
            list(runs),
            lambda run_id: _option(runs[run_id]),
            default=_at_first(shipped, own),
            placeholder=t("compare.runs_none"),
        )
        st.toggle(t("compare.settings"), key="knobs", bind="query-params", help=t("compare.settings_help"))
    if len(chosen) > MOST:
        st.warning(t("compare.too_many", most=MOST), icon=":material/filter_4:")
    return [Lettered(letter, runs[run_id]) for letter, run_id in zip(LETTERS, chosen, strict=False)]


def show(run_ids: Sequence[str]) -> None:
    """Compare these runs from the next rerun on; for callbacks."""
    st.session_state["runs"] = tuple(run_ids)


def refreshed(runs: Sequence[Lettered]) -> list[Lettered] | None:
    """The same runs as they stand now; None where one of them is gone."""
    now = [run for one in runs if (run := one.run.now())]
    return [Lettered(one.letter, run) for one, run in zip(runs, now, strict=True)] if len(now) == len(runs) else None


def _option(run: RunView) -> str:
    return f"{run.label} · {when(run.record.created)}" if run.record else run.label


def _at_first(shipped: Sequence[RunView], own: Sequence[RunView]) -> tuple[str, ...]:
    twins = [run.id for run in shipped if run.id in TWINS]
    finished = [run.id for run in own if run.record and run.record.status == "finished"]
    there = sorted(twins, key=TWINS.index) if len(twins) > 1 else [*finished, *(run.id for run in shipped)]
    return tuple(there[:2])
