"""Which run the page Train shows: one of this computer's, or one that ships with the app."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.train import actions, branch, queue
from ui import state, theme
from ui.controls import select
from ui.guard import guard
from ui.i18n import t
from ui.runs.store import just_started, store
from ui.runs.view import RunView, own_run, shipped_runs
from ui.runs.words import describe

STYLE = Path(__file__).with_name("train.css")


def style() -> None:
    """The look of the live part and the film strip."""
    st.html(f"<style>.bars, .film {{{theme.css()}}}{STYLE.read_text(encoding='utf-8')}</style>")


def choose() -> RunView | None:
    """The list of runs, the chosen one in `?run=`; the newest if none is asked for, None when there is none at all."""
    own: list[RunView] | None = None
    with guard():  # A store out of reach hides its own runs only.
        own = [own_run(record) for record in store().runs()]
        actions.show_undo()
    runs = {run.id: run for run in (*(own or ()), *shipped_runs())}
    return _choose_from(runs, reachable=own is not None)


def _choose_from(runs: dict[str, RunView], *, reachable: bool) -> RunView | None:
    options = list(runs)
    if started := just_started():
        st.session_state["run"] = started[-1]
        started.clear()
    actions.let_go_of_deleted()
    if not options:
        state.choice("run", ("",), "")
        return None
    state.choice("run", options, options[0])

    with st.container(key="train_runs", horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        chosen = select(
            "train.run",
            options,
            options[0],
            lambda run_id: _label(runs[run_id]),
            keep_choice=True,
            label_visibility="collapsed",
        )
        run = runs[chosen]
        actions.show(run)
        if reachable:
            queue.show()
            queue.teacher()
    actions.show_about(run.record)
    branch.show(run)
    return run


def _label(run: RunView) -> str:
    """The run in one line."""
    return describe(run.record) if run.record else t("train.shipped_label", name=run.name, epochs=run.config.num_epochs)
