"""What is asked for on Generate: run, epoch, sampler, classes, seed; each a control that stands in the URL."""

from __future__ import annotations

import dataclasses

import streamlit as st

from ddpm_core.config import SampleConfig
from ddpm_core.runs.folder import RunFolder
from jobs.pool.trajectory import Start
from pages.generate import points
from ui import controls, state
from ui.datasets import class_label
from ui.i18n import t
from ui.runs import view as runs
from ui.runs.view import RunView

VIEWS = ("pictures", "epochs")
SAMPLERS = ("ddim", "ddpm", "dpmpp_2m")
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
MAX_SEED = 2**31 - 1
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
    chosen = controls.select(
        t("generate.run"),
        "run",
        names,
        names[0],
        lambda id_: choices[id_].label,
        help=t("generate.run_help"),
        width=280,
    )
    return choices[chosen]


def choose_view() -> str:
    explanation = t("generate.view_help")
    return controls.segmented(
        t("generate.view"), "view", VIEWS, VIEWS[0], lambda view: t(f"generate.view_{view}"), help=explanation
    )


def choose_epochs(run: RunView, view: str) -> tuple[int, ...]:
    """One epoch to look at closely, or all that were kept."""
    if view == "epochs":
        return run.epochs
    names = [str(epoch) for epoch in run.epochs]
    if st.session_state.get("epoch") not in (None, *names):
        state.publish("epoch", None, None)  # it was chosen for another run
    explanation = t("generate.epoch_help")
    return (int(controls.segmented(t("generate.epoch"), "epoch", names, names[-1], help=explanation)),)


def choose_sample(run: RunFolder, view: str, start: Start | None) -> SampleConfig:
    """Sampler, steps from where it starts, classes, seed: the rest of the request."""
    if _sampler_was_changed():
        # First, as each is a step of the browser's history: Back must not meet the new sampler with the old number.
        state.publish("steps", None, None)
    sampler = controls.select(
        t("generate.sampler"),
        "sampler",
        SAMPLERS,
        SAMPLERS[0],
        lambda name: t(f"generate.sampler_{name}"),
        help=t("generate.sampler_help"),
        width=140,
    )
    steps = _steps(sampler, start.t if start else run.config.schedule.num_timesteps)
    labels, guidance = _classes(run)
    count = _count(run.data_info.is_points)
    seed = controls.number(
        t("generate.seed"), "seed", 0, MAX_SEED, DEFAULT_SEED, width=110, help=t("generate.seed_help")
    )
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
    if st.session_state.get("pictures") not in (None, *options):
        state.publish("pictures", None, None)  # it was chosen for another run
    label, explanation = (
        (t("scatter.count"), t("scatter.count_help")) if of_points else (t("generate.count"), t("generate.count_help"))
    )
    return int(controls.select(label, "pictures", options, default, help=explanation, width=90))


def _sampler_was_changed() -> bool:
    """By hand, and not by the URL, which then says how many steps it wants."""
    chosen, last = st.session_state.get("sampler"), st.session_state.get(_LAST_STEPS)
    return bool(last) and chosen not in (None, last[0]) and not state.changed_by_url("sampler")


def _steps(sampler: str, total: int) -> int:
    """Another sampler brings its own number of steps; another total as well, unless the learner chose a number."""
    default = min(FEW_STEPS.get(sampler, total), total)
    last_sampler, last_default = st.session_state.get(_LAST_STEPS, (sampler, default))
    another = last_sampler != sampler and "steps" not in st.query_params
    if another or (last_default != default and st.session_state.get("steps") == last_default):
        st.session_state["steps"] = default
    st.session_state[_LAST_STEPS] = (sampler, default)
    return controls.number(
        t("generate.steps"), "steps", 1, total, default, width=110, help=t("generate.steps_help", T=total)
    )


def _classes(run: RunFolder) -> tuple[tuple[int, ...], float]:
    """Labels and guidance scale; a network that knows no classes is not asked for any."""
    names = run.data_info.class_names
    if not run.config.class_conditional or not names:
        return (), 1.0
    numbers = {f"={name}" if name in (EACH, NONE) else name: number for number, name in enumerate(names)}
    label = controls.select(
        t("generate.label"),
        "label",
        (EACH, NONE, *numbers),
        EACH,
        lambda label: class_label(names[numbers[label]]) if label in numbers else t(f"generate.label_{label}"),
        help=t("generate.label_help"),
        width=140,
    )
    if label == NONE:
        return (-1,), 1.0
    guidance = controls.number(
        t("generate.guidance"),
        "guidance",
        0.0,
        10.0,
        1.0 if run.data_info.is_points else DEFAULT_GUIDANCE,  # at 2, clouds shrink and move outwards
        step=0.5,
        width=100,
        help=t("generate.guidance_help"),
    )
    return () if label == EACH else (numbers[label],), guidance
