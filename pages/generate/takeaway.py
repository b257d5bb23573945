"""Under the exhibit of Generate: what it shows, where it was computed, and the files to take away."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import streamlit as st

from ddpm_core.pictures.files import grid_image, write_gif
from ddpm_core.pictures.points import draw_points
from jobs.pool.tasks.trajectory import Trajectory, TrajectoryRequest
from ui.asking import Answer
from ui.i18n import t
from ui.inline import plain
from ui.runs.view import name_of

CLOUD_SIZE = 320
"""Pixels of a drawn cloud of points."""


def draw(shown: Answer[TrajectoryRequest]) -> None:
    """One line of words, and two buttons whose files are made when they are pressed."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_caption(shown))
        points = shown.value.is_points
        for name, make, mime in (("gif", gif, "image/gif"), ("png", png, "image/png")):
            st.download_button(
                t(f"generate.{name}"),
                partial(make, shown.value),
                f"ddpm-lab.{name}",
                mime,
                on_click="ignore",
                icon=":material/download:",
                help=t(f"scatter.{name}_help") if points else t(f"generate.{name}_help"),
                type="tertiary",
            )


def _caption(shown: Answer[TrajectoryRequest]) -> str:
    sample = shown.request.sample
    epochs = shown.request.epochs
    words = t(
        "generate.caption",
        run=plain(name_of(shown.request.run_path.replace("\\", "/").rsplit("/", 1)[-1])),
        epochs=", ".join(map(str, epochs)),
        sampler=t(f"generate.sampler_{sample.sampler}"),
        steps=sample.num_sampling_steps,
        seed=sample.seed,
        guidance=f"{sample.guidance_scale:g}",
    )
    if start := shown.request.start:
        words += f" · {t('generate.caption_start', t=start.t)}"
    return f"{words} · {t('generate.from_shipped') if shown.shipped else t('generate.from_here')}"


def gif(walk: Trajectory) -> bytes:
    """The walk from noise to pictures as a GIF, all epochs one above the other."""
    frames = _pictures(walk, walk.frames["xt"])
    epochs, steps, num = frames.shape[:3]
    file = io.BytesIO()
    steps_shown = [frames[:, step].reshape(epochs * num, *frames.shape[3:]) for step in range(steps)]
    write_gif(file, steps_shown, columns=_columns(num) if epochs == 1 else num, scale=_scale(walk))
    return file.getvalue()


def png(walk: Trajectory) -> bytes:
    """The finished pictures, a row for each epoch."""
    finished = _pictures(walk, walk.frames["xt"][:, -1:])[:, 0]
    rows = list(finished)
    if len(rows) == 1:
        columns = _columns(len(rows[0]))
        rows = [rows[0][i : i + columns] for i in range(0, len(rows[0]), columns)]
    file = io.BytesIO()
    grid_image(rows, scale=_scale(walk)).save(file, format="PNG")
    return file.getvalue()


def _pictures(walk: Trajectory, frames: np.ndarray) -> np.ndarray:
    """Frames as pictures, (E, F, N, H, W, C): of points, one drawing of each cloud."""
    if not walk.is_points:
        return frames
    clouds = [[draw_points(cloud, walk.labels, CLOUD_SIZE) for cloud in epoch] for epoch in frames]
    return np.stack(clouds)[:, :, None]


def _scale(walk: Trajectory) -> int:
    return 1 if walk.is_points else 4


def _columns(num: int) -> int:
    """The columns of full rows that come nearest to a square, rather wide than high."""
    return next(num // rows for rows in range(int(num**0.5), 0, -1) if num % rows == 0)
