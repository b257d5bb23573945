"""The charts of a run, one at a time: loss, loss over t, quality, learning rate, gradient; other runs beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from ddpm_core.config import PredictionType, ScheduleConfig
from ddpm_core.quality.linear_baseline import bin_means, linear_baseline_loss
from ddpm_core.runs.comparison import loss_barriers
from ddpm_core.runs.loss_by_t import read_loss_by_t
from ddpm_core.schedule import Table
from pages.train import quality
from pages.train.quality import Labelled
from ui import cache, figures, state
from ui.controls import segmented, several
from ui.i18n import t
from ui.runs.view import RunView, own_runs, shipped_runs
from ui.runs.words import when

SCALES = ("log", "linear")
SCALED = ("loss", "quality", "gradient")
"""Charts whose values may be drawn on either scale."""
MOST_OTHERS = 3


def draw(run: RunView) -> None:
    """The switch between charts, the chart, and under it what belongs to it."""
    kinds = _kinds(run)
    state.forget_unless("chart", kinds)
    with st.container(key="train_charts", gap="small"):
        kind = segmented("live.chart", kinds, kinds[0], lambda name: t(f"live.{name}"), label_visibility="collapsed")
        place = st.container(key="train_chart", gap="small")
        others: Sequence[RunView] = ()
        log = True
        with st.container(key="train_chart_foot", horizontal=True, vertical_alignment="center", gap="small"):
            if kind != "by_t":
                others = _others(run)
            if kind in SCALED:
                scale = segmented("train.scale", SCALES, SCALES[0], label_visibility="collapsed", width="content")
                log = scale == "log"
        st.caption(t("live.zoom"))
        with place:
            _draw(kind, run, others, log)


def _kinds(run: RunView) -> tuple[str, ...]:
    """A one-step denoiser knows no t, and draws nothing that could be measured."""
    if not run.makes_pictures:
        return ("loss", "rate", "gradient")
    return ("loss", "by_t", "quality", "rate", "gradient")


def _others(run: RunView) -> list[RunView]:
    """The runs in `?with=`, to be drawn beside the one on screen: of all that have curves, shipped ones last."""
    with_curves = (*(other for other in own_runs() if other.record and other.record.step), *shipped_runs())
    runs = {other.id: other for other in with_curves if other.id != run.id}
    if not runs:
        return []
    names = _labels([*runs.values()])
    chosen = several(
        "live.compare",
        list(runs),
        names.__getitem__,
        name="with",
        label_visibility="collapsed",
        placeholder=t("live.compare"),
        max_selections=MOST_OTHERS,
    )
    return [runs[run_id] for run_id in chosen[:MOST_OTHERS]]


def _labels(runs: Sequence[RunView]) -> dict[str, str]:
    """Names by which to tell runs apart: those that share one also say when they began."""
    names = {run.id: run.name for run in runs}
    shared = Counter(names.values())
    return {
        run.id: f"{names[run.id]} · {when(run.record.created)}"
        if run.record and shared[names[run.id]] > 1
        else names[run.id]
        for run in runs
    }


def _draw(kind: str, run: RunView, others: Sequence[RunView], log: bool) -> None:
    if kind == "by_t":
        _draw_by_t(run)
        return
    names = _labels([run, *others])
    runs = [Labelled(one, figures.Curve(names[one.id], one.steps, one.ends)) for one in (run, *others)]
    lines = [one.curve for one in runs]
    if kind == "quality":
        quality.draw(runs, log=log)
    elif not len(lines[0].metrics):
        st.caption(t("train.no_loss_yet"))
    elif kind == "loss":
        figures.loss_chart(lines, log=log, key=f"train_loss:{run.id}")
    elif kind == "rate":
        figures.step_chart(lines, "learning_rate", t("live.rate"), log=False, key=f"train_rate:{run.id}")
    else:
        figures.step_chart(lines, "grad_norm", t("live.gradient_norm"), log=log, key=f"train_gradient:{run.id}")
    if kind in ("loss", "quality") and loss_barriers([one.config for one in (run, *others)]):
        st.caption(t("live.other_question"))


def _draw_by_t(run: RunView) -> None:
    """The map, and what to look for in it."""
    if run.folder is None or not len((rows := read_loss_by_t(run.folder))[0]):
        st.caption(t("live.no_map_yet") if run.alive else t("live.no_map"))
        return
    steps, losses = rows
    kind, schedule = run.config.prediction_type, run.config.schedule
    baseline = bin_means(_baseline(schedule, kind))
    figures.loss_by_t_chart(steps, losses, baseline, schedule.num_timesteps, kind, key=f"train_by_t:{run.id}")
    st.caption(t(f"live.map_{kind}"))


@st.cache_resource(max_entries=64, show_spinner=False)
def _baseline(config: ScheduleConfig, kind: PredictionType) -> Table:
    return linear_baseline_loss(cache.schedule(config), kind)
