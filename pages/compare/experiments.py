"""Experiments as cards: a question to guess at, and a button that trains what is missing and shows it side by side."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ddpm_core.config import TrainConfig
from ddpm_core.runs.comparison import flat
from ddpm_core.runs.experiments import BASE, EXPERIMENTS, Experiment
from jobs.store.records import RunRecord
from pages.compare import words
from pages.compare.choice import show
from ui import lesson
from ui.controls import button
from ui.guard import guard
from ui.i18n import t
from ui.owner import may_start, owner
from ui.runs.store import store

COLUMNS = 3
PAGE = "compare"
NOT_BROKEN_OFF = ("queued", "running", "paused", "pausing", "finished")
MAX_NAME = 40


def draw() -> None:
    """A card for each experiment, in rows of three."""
    records: Sequence[RunRecord] = ()
    open_ = True
    with guard():
        records, open_ = store().runs(), may_start()
    names = list(EXPERIMENTS)
    for first in range(0, len(names), COLUMNS):
        for column, name in zip(st.columns(COLUMNS), names[first : first + COLUMNS], strict=False):
            with column.container(border=True, height="stretch"):
                _card(name, EXPERIMENTS[name], records, open_)


def _card(name: str, experiment: Experiment, records: Sequence[RunRecord], open_: bool) -> None:
    section = lesson.prose(PAGE).sections[name]
    st.markdown(f"**{section.title}**\n\n{section.text}")
    for task in section.tasks:
        with st.expander(task.title):
            st.markdown(f"{task.question}\n\n{task.answer}")
    here = [_find(config, records) for config in experiment.configs]
    missing = here.count(None)
    if missing:
        st.button(
            t("compare.start", num=missing), key=f"compare_start_{name}", icon=":material/play_arrow:",
            on_click=_start, args=(experiment,), disabled=not open_,
            help=_help(missing, len(here)) if open_ else t("compare.closed"),
        )  # fmt: skip
    else:
        button("compare.show", "compare_arrows", show, here, key=f"compare_show_{name}")


def _help(missing: int, num: int) -> str:
    return t("compare.start_rest_help", num=num - missing) if missing < num else t("compare.start_help")


def _find(config: TrainConfig, records: Sequence[RunRecord]) -> str | None:
    """The newest run of exactly this config that has been or will be trained: nobody need wait for it twice."""
    return next((record.id for record in records if record.config == config and record.status in NOT_BROKEN_OFF), None)


def _start(experiment: Experiment) -> None:
    """Queue what is not there yet, and compare all."""
    with guard():
        records = store().runs()
        ids = [
            _find(config, records) or store().enqueue(config, _name(experiment, config), owner())
            for config in experiment.configs
        ]
        show(ids)
        st.toast(t("compare.started"), icon=":material/play_arrow:")


def _name(experiment: Experiment, config: TrainConfig) -> str:
    """The preset's name for the plain run, which belongs to several experiments; else the setting and its value."""
    if config == BASE:
        return "sprites_quick"
    value = words.value(experiment.setting, flat(config)[experiment.setting])
    return f"{words.setting(experiment.setting)}: {value}"[:MAX_NAME]
