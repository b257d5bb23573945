"""What the page Generate is made of: the request and its controls, and the exhibit."""

from __future__ import annotations

import dataclasses

import numpy as np
import streamlit as st

from ddpm_core.config import SampleConfig
from ddpm_core.runs.folder import RunFolder
from jobs.pool.trajectory import KINDS, Start, Trajectory, TrajectoryRequest
from pages.generate import points
from pages.generate.sampling import Shown
from ui import controls, state
from ui.components.player import STRINGS, player
from ui.datasets import class_label
from ui.i18n import t
from ui.runs import view as runs

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
GRID_FRAMES = 26
"""Steps of the grid that are sent to the browser, for the same reason."""
EACH, NONE = "each", "none"
"""What `?label=` says beside a class; a class of such a name has an equals sign before it."""
MAX_SEED = 2**31 - 1
_LAST_STEPS, _AUTOPLAY = "generate_last_steps", "generate_autoplay"


def default_sample() -> SampleConfig:
    """The settings a first visit gets; their frames are shipped."""
    return SampleConfig(
        sampler="ddim",
        num_sampling_steps=FEW_STEPS["ddim"],
        guidance_scale=DEFAULT_GUIDANCE,
        num_pictures=int(DEFAULT_COUNT),
        seed=DEFAULT_SEED,
    )


def choose_run() -> runs.RunChoice | None:
    """The run to generate from; None, with a word on what to do, where there is none."""
    choices = runs.choices()
    if not choices:
        return None
    names, asked = list(choices), st.query_params.get("run", "")
    if asked and asked not in names and runs.is_known(asked):
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


def choose_epochs(run: RunFolder, view: str) -> tuple[int, ...]:
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
    return bool(last) and chosen not in (None, last[0]) and not state.brings("sampler")


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


def draw(shown: Shown, request: TrajectoryRequest, view: str) -> None:
    """The player, with t, kind, picture and (in the grid) epoch in the URL; dimmed while out of date."""
    if shown.request != request:
        view = "epochs" if len(shown.request.epochs) > 1 else "pictures"
        st.html("<style>.st-key-generate_stage { opacity: 0.45; }</style>")
    walk = shown.trajectory if view == "pictures" else _thinned(shown.trajectory)
    autoplay = st.session_state.setdefault(_AUTOPLAY, "t" not in st.query_params)
    if walk.is_points:
        points.draw_walk(shown, walk, autoplay=autoplay)
        return
    names = [str(epoch) for epoch in walk.epochs]
    captions = [_caption_of(label, k, shown.class_names) for k, label in enumerate(walk.labels, start=1)]
    now = player(
        walk.frames,
        walk.timesteps,
        walk.epochs,
        captions,
        mode=view,
        strings={name: t(f"player.{name}") for name in STRINGS},
        key=f"generate_{view}",
        epoch=int(state.choice("epoch", names, names[-1])) if view == "epochs" else None,
        t=state.number("t", 0, int(walk.timesteps[0]), 0),
        kind=state.choice("kind", KINDS, KINDS[0]),
        picture=state.number("picture", 0, len(captions) - 1, 0),
        autoplay=autoplay,
    )
    released = {"t": (now.t, 0), "kind": (now.kind, KINDS[0]), "picture": (now.picture, 0)}
    if view == "epochs":
        released["epoch"] = (str(now.epoch), names[-1])
    for name, (value, default) in released.items():
        st.session_state[name] = value
        state.publish(name, value, default)


def _thinned(walk: Trajectory) -> Trajectory:
    """Fewer steps, evenly spaced, first and last included."""
    steps = np.unique(np.linspace(0, len(walk.timesteps) - 1, GRID_FRAMES).round().astype(int))
    frames = {kind: pictures[:, steps] for kind, pictures in walk.frames.items()}
    return Trajectory(walk.epochs, walk.timesteps[steps], walk.labels, frames)


def _caption_of(label: int, k: int, class_names: tuple[str, ...]) -> str:
    return class_label(class_names[label]) if label >= 0 else t("generate.picture", k=k)
