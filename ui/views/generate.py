"""What the page Generate is made of: the request and its controls, the exhibit, the files to take away."""

from __future__ import annotations

import dataclasses
import io

import streamlit as st

from ddpm_core.config import SampleConfig
from ddpm_core.picture_files import grid_image, write_gif
from ddpm_core.run import RunFolder
from jobs.trajectory import KINDS, TrajectoryRequest
from ui import controls, runs, state
from ui.classes import class_label
from ui.components.player import STRINGS, player
from ui.i18n import t
from ui.views.sampling import Shown

VIEWS = ("pictures", "epochs")
SAMPLERS = ("ddim", "ddpm", "dpmpp_2m")
FEW_STEPS = {"ddim": 50, "dpmpp_2m": 20}
"""Enough steps for these samplers; DDPM takes all T."""
COUNTS = ("1", "4", "10", "16", "36", "64")
DEFAULT_COUNT = "10"
MAX_IN_GRID = 16
"""Pictures of all epochs at once: more would be a long download for every visitor."""
EACH, NONE = "each", "none"
MAX_SEED = 2**31 - 1
_LAST_SAMPLER, _AUTOPLAY = "generate_last_sampler", "generate_autoplay"


def default_sample() -> SampleConfig:
    """The settings a first visit gets; their frames are shipped."""
    return SampleConfig(sampler="ddim", num_sampling_steps=FEW_STEPS["ddim"], num_pictures=int(DEFAULT_COUNT))


def choose_run() -> runs.RunChoice | None:
    """The run to generate from; None, with a word on what to do, where there is none."""
    choices = runs.choices()
    if not choices:
        return None
    names = list(choices)
    chosen = controls.select(
        t("generate.run"),
        "run",
        names,
        names[0],
        lambda id_: choices[id_].label,
        help=t("generate.run_help"),
        width=210,
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


def choose_sample(run: RunFolder, view: str) -> SampleConfig:
    """Sampler, steps, classes, seed: the rest of the request."""
    sampler = controls.select(
        t("generate.sampler"),
        "sampler",
        SAMPLERS,
        SAMPLERS[0],
        lambda name: t(f"generate.sampler_{name}"),
        help=t("generate.sampler_help"),
        width=150,
    )
    steps = _steps(sampler, run.config.schedule.num_timesteps)
    labels, guidance = _classes(run)
    count = controls.select(
        t("generate.count"), "pictures", COUNTS, DEFAULT_COUNT, help=t("generate.count_help"), width=90
    )
    seed = _number(t("generate.seed"), "seed", 0, MAX_SEED, 0, help=t("generate.seed_help"))
    return dataclasses.replace(
        default_sample(),
        sampler=sampler,
        num_sampling_steps=steps,
        labels=labels,
        guidance_scale=guidance,
        num_pictures=min(int(count), MAX_IN_GRID) if view == "epochs" else int(count),
        seed=seed,
    )


def _steps(sampler: str, total: int) -> int:
    default = min(FEW_STEPS.get(sampler, total), total)
    if st.session_state.get(_LAST_SAMPLER, sampler) != sampler:
        st.session_state["steps"] = default
    st.session_state[_LAST_SAMPLER] = sampler
    return _number(t("generate.steps"), "steps", 1, total, default, help=t("generate.steps_help", T=total))


def _classes(run: RunFolder) -> tuple[tuple[int, ...], float]:
    """Labels and guidance scale; a network that knows no classes is not asked for any."""
    names = run.data_info.class_names
    if not run.config.class_conditional or not names:
        return (), 1.0
    label = controls.select(
        t("generate.label"),
        "label",
        (EACH, NONE, *names),
        EACH,
        lambda name: t(f"generate.label_{name}") if name in (EACH, NONE) else class_label(name),
        help=t("generate.label_help"),
        width=150,
    )
    if label == NONE:
        return (-1,), 1.0
    guidance = _number(t("generate.guidance"), "guidance", 0.0, 10.0, 1.0, step=0.5, help=t("generate.guidance_help"))
    return () if label == EACH else (names.index(label),), guidance


def _number(label: str, name: str, low: float, high: float, default: float, **more: object) -> float:
    """st.number_input held in `?name=`."""
    st.session_state[name] = max(low, min(state.number(name, low, high, default), high))
    value = st.number_input(label, low, high, key=name, width=110, **more)
    state.publish(name, value, default)
    return value


def draw(shown: Shown, request: TrajectoryRequest, view: str) -> None:
    """The player, with t, kind, picture and (in the grid) epoch in the URL; dimmed while out of date."""
    if shown.request != request:
        view = "epochs" if len(shown.request.epochs) > 1 else "pictures"
        st.html("<style>.st-key-generate_stage { opacity: 0.45; }</style>")
    walk, names = shown.trajectory, [str(epoch) for epoch in shown.trajectory.epochs]
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
        autoplay=st.session_state.setdefault(_AUTOPLAY, "t" not in st.query_params),
    )
    released = {"t": (now.t, 0), "kind": (now.kind, KINDS[0]), "picture": (now.picture, 0)}
    if view == "epochs":
        released["epoch"] = (str(now.epoch), names[-1])
    for name, (value, default) in released.items():
        st.session_state[name] = value
        state.publish(name, value, default)


def _caption_of(label: int, k: int, class_names: tuple[str, ...]) -> str:
    return class_label(class_names[label]) if label >= 0 else t("generate.picture", k=k)


def draw_caption(shown: Shown) -> None:
    """Under the exhibit: what it shows, where it was computed, and the files to take away."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_caption(shown))
        for name, make, mime in (("gif", gif, "image/gif"), ("png", png, "image/png")):
            st.download_button(
                t(f"generate.{name}"),
                lambda make=make: make(shown),
                f"ddpm-lab.{name}",
                mime,
                on_click="ignore",
                icon=":material/download:",
                help=t(f"generate.{name}_help"),
                type="tertiary",
            )


def _caption(shown: Shown) -> str:
    sample = shown.request.sample
    epochs = shown.request.epochs
    words = t(
        "generate.caption",
        run=shown.request.run_path.replace("\\", "/").rsplit("/", 1)[-1],
        epochs=", ".join(map(str, epochs)),
        sampler=t(f"generate.sampler_{sample.sampler}"),
        steps=sample.num_sampling_steps,
        seed=sample.seed,
        guidance=f"{sample.guidance_scale:g}",
    )
    return f"{words} · {t('generate.from_shipped') if shown.shipped else t('generate.from_here')}"


def gif(shown: Shown) -> bytes:
    """The walk from noise to pictures as a GIF, all epochs one above the other."""
    frames = shown.trajectory.frames["xt"]
    epochs, steps, num = frames.shape[:3]
    file = io.BytesIO()
    walk = [frames[:, step].reshape(epochs * num, *frames.shape[3:]) for step in range(steps)]
    write_gif(file, walk, columns=_columns(num) if epochs == 1 else num)
    return file.getvalue()


def png(shown: Shown) -> bytes:
    """The finished pictures, a row for each epoch."""
    finished = shown.trajectory.frames["xt"][:, -1]
    rows = list(finished)
    if len(rows) == 1:
        columns = _columns(len(rows[0]))
        rows = [rows[0][i : i + columns] for i in range(0, len(rows[0]), columns)]
    file = io.BytesIO()
    grid_image(rows, scale=4).save(file, format="PNG")
    return file.getvalue()


def _columns(num: int) -> int:
    return next(columns for columns in range(int(num**0.5), 0, -1) if num % columns == 0) if num > 3 else num
