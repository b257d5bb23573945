"""The exhibit of Generate: the player for pictures, the scatter for points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from ddpm_core.runs.folder import RunFolder
from jobs.pool.tasks.trajectory import Trajectory, TrajectoryRequest
from pages.generate import points
from ui import state
from ui.asking import Answer, dim
from ui.components.player import Kind, Mode, player
from ui.datasets import class_label
from ui.i18n import t

GRID_FRAMES = 26
"""Steps of the grid that are sent to the browser: more would be a long download for every visitor."""
KINDS: tuple[Kind, ...] = ("xt", "x0_hat", "eps_hat")
_AUTOPLAY = "generate_autoplay"


def draw(shown: Answer[TrajectoryRequest], request: TrajectoryRequest, view: Mode) -> None:
    """The player, with t, kind, picture and (in the grid) epoch in the URL; dimmed while out of date."""
    if shown.request != request:
        view = "epochs" if len(shown.request.epochs) > 1 else "pictures"
        dim("generate_stage")
        dim("generate_below")
    walk = shown.value if view == "pictures" else _thinned(shown.value)
    autoplay = st.session_state.setdefault(_AUTOPLAY, "t" not in st.query_params)
    if walk.is_points:
        points.draw_walk(shown.request, walk, autoplay=autoplay)
        return
    names, classes = [str(epoch) for epoch in walk.epochs], class_names(shown.request)
    captions = [_caption_of(label, k, classes) for k, label in enumerate(walk.labels, start=1)]
    now = player(
        walk.frames,
        walk.timesteps,
        walk.epochs,
        captions,
        mode=view,
        key=f"generate_{view}",
        epoch=int(state.choice("epoch", names, names[-1])) if view == "epochs" else None,
        t=state.number("t", 0, int(walk.timesteps[0]), 0),
        kind=state.choice("kind", KINDS, KINDS[0]),
        picture=state.number("picture", 0, len(captions) - 1, 0),
        autoplay=autoplay,
    )
    state.put("t", now.t, 0)
    state.put("kind", now.kind, KINDS[0])
    state.put("picture", now.picture, 0)
    if view == "epochs":
        state.put("epoch", str(now.epoch), names[-1])


def _thinned(walk: Trajectory) -> Trajectory:
    """Fewer steps, evenly spaced, first and last included."""
    steps = np.unique(np.linspace(0, len(walk.timesteps) - 1, GRID_FRAMES).round().astype(int))
    frames = {kind: pictures[:, steps] for kind, pictures in walk.frames.items()}
    return Trajectory(walk.epochs, walk.timesteps[steps], walk.labels, frames)


def _caption_of(label: int, k: int, class_names: tuple[str, ...]) -> str:
    return class_label(class_names[label]) if label >= 0 else t("generate.picture", k=k)


def class_names(request: TrajectoryRequest) -> tuple[str, ...]:
    """The classes of the run that was asked."""
    return RunFolder(Path(request.run_path)).data_info.class_names


def progress(done: int, total: int) -> str:
    """How far the pool is."""
    return t("generate.step", done=done, total=total) if total else t("generate.starting")
