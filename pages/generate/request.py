"""What is asked for on Generate: run, epoch, sampler, classes, seed; each a control that stands in the URL."""

from __future__ import annotations

import dataclasses
from typing import Literal

import streamlit as st

from ddpm_core.config import SampleConfig, SamplerName
from ddpm_core.runs.folder import RunFolder
from jobs.pool.tasks.trajectory import Start
from pages.generate import points
from ui import controls, state
from ui.datasets import class_label
from ui.i18n import t
from ui.runs import view as runs
from ui.runs.view import RunView

View = Literal["pictures", "epochs"]
VIEWS: tuple[View, ...] = ("pictures", "epochs")
SAMPLERS: tuple[SamplerName, ...] = ("ddim", "ddpm", "dpmpp_2m")
FEW_STEPS = {"ddim": 50, "dpmpp_2m": 20}
"""Enough steps for these samplers; DDPM takes all T."""
COUNTS = ("1", "4", "10", "16", "36", "64")
DEFAULT_COUNT = "10"
DEFAULT_GUIDANCE = 2.0
DEFAULT_SEED = 3
MAX_IN_GRID = 16
"""Pictures of all epochs at once: more would be a long download for every visitor."""
EACH, NONE = "each", "none"
"""What `?label=` says beside a class; a class of such a name has an equals sign before it."""
_LAST_STEPS = "generate_last_steps"


def default_sample() -> SampleConfig:
    """The settings a first visit gets; their frames are shipped."""
    return SampleConfig(
        sampler="ddim",
        num_sampling_steps=FEW_STEPS["ddim"],
        guidance_scale=DEFAULT_GUIDANCE,
        num_pictures=int(DEFAULT_COUNT),
        seed=DEFAULT_SEED,
    )


def choose_run() -> RunView | None:
    """The run to generate from; None, with a word on what to do, where there is none."""
    choices = runs.drawing_runs()
    if not choices:
        return None
    names, asked = list(choices), st.query_params.get("run", "")
    if asked and asked in {run.id for run in runs.own_runs()} - choices.keys():
        st.info(t("generate.no_checkpoint"), icon=":material/hourglass_empty:")
        state.publish("run", None, None)
    return choices[controls.select("generate.run", names, names[0], lambda run_id: choices[run_id].label, width=280)]


def choose_view() -> View:
    return controls.segmented("generate.view", VIEWS, VIEWS[0])


def choose_epochs(run: RunView, view: View) -> tuple[int, ...]:
    """One epoch to look at closely, or all that were kept."""
    if view == "epochs":
        return run.epochs
    names = [str(epoch) for epoch in run.epochs]
    state.forget_unless("epoch", names)
    return (int(controls.segmented("generate.epoch", names, names[-1])),)


def choose_sample(run: RunFolder, view: str, start: Start | None) -> SampleConfig:
    """Sampler, steps from where it starts, classes, seed: the rest of the request."""
    if _sampler_was_changed():
        # First, as each is a step of the browser's history: Back must not meet the new sampler with the old number.
        state.publish("steps", None, None)
    sampler = controls.select("generate.sampler", SAMPLERS, SAMPLERS[0], width=140)
    steps = _steps(sampler, start.t if start else run.config.schedule.num_timesteps)
    labels, guidance = _classes(run)
    count = _count(run.data_info.is_points)
    seed = controls.seed("generate.seed", DEFAULT_SEED)
    return dataclasses.replace(
        default_sample(),
        sampler=sampler,
        num_sampling_steps=steps,
        labels=labels,
        guidance_scale=guidance,
        num_pictures=min(count, MAX_IN_GRID) if view == "epochs" and not run.data_info.is_points else count,
        seed=seed,
    )


def _count(of_points: bool) -> int:
    """How many at once: a handful of pictures, a cloud of points."""
    options, default = (points.COUNTS, points.DEFAULT_COUNT) if of_points else (COUNTS, DEFAULT_COUNT)
    state.forget_unless("pictures", options)
    words = "scatter.count" if of_points else "generate.count"
    return int(controls.select(words, options, default, name="pictures", width=90))


def _sampler_was_changed() -> bool:
    """By hand, and not by the URL, which then says how many steps it wants."""
    chosen = st.session_state.get("sampler")
    last, _ = st.session_state.get(_LAST_STEPS, (chosen, 0))
    return chosen not in (None, last) and not state.changed_by_url("sampler")


def _steps(sampler: str, total: int) -> int:
    """Another sampler brings its own number of steps; another total as well, unless the learner chose a number."""
    default = min(FEW_STEPS.get(sampler, total), total)
    last_sampler, last_default = st.session_state.get(_LAST_STEPS, (sampler, default))
    another = last_sampler != sampler and "steps" not in st.query_params
    if another or (last_default != default and st.session_state.get("steps") == last_default):
        st.session_state["steps"] = default
    st.session_state[_LAST_STEPS] = (sampler, default)
    return controls.number("generate.steps", 1, total, default, filled={"T": total}, width=110)


def _classes(run: RunFolder) -> tuple[tuple[int, ...], float]:
    """Labels and guidance scale; a network that knows no classes is not asked for any."""
    names = run.data_info.class_names
    if not run.config.class_conditional or not names:
        return (), 1.0
    numbers = {f"={name}" if name in (EACH, NONE) else name: number for number, name in enumerate(names)}

    def label_of(option: str) -> str:
        return class_label(names[numbers[option]]) if option in numbers else t(f"generate.label_{option}")

    label = controls.select("generate.label", (EACH, NONE, *numbers), EACH, label_of, width=140)
    if label == NONE:
        return (-1,), 1.0
    usual = 1.0 if run.config.kind == "points" else DEFAULT_GUIDANCE  # at 2, clouds shrink and move outwards
    guidance = controls.number("generate.guidance", 0.0, 10.0, usual, step=0.5, width=100)
    return () if label == EACH else (numbers[label],), guidance
