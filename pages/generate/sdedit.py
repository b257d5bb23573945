"""What a walk on Generate starts from: pure noise, or a picture noised to a t of one's choice (SDEdit)."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ddpm_core.runs.folder import RunFolder
from jobs.pool.tasks.trajectory import Start
from ui import cache, controls, state, theme
from ui.drawing import dialog, papers
from ui.i18n import t
from ui.inline import image

NOISE, DRAWING, HELD_OUT = "noise", "drawing", "held_out"
MAX_PICTURE = 999


def choose_origin(run: RunFolder) -> str:
    """Noise, the visitor's drawing (where there is paper of this size) or a held-out picture; held in `?start=`."""
    info = run.data_info
    if info.is_points:
        return NOISE
    paper = papers.paper_for((info.height, info.width, info.channels))
    options = (NOISE, DRAWING, HELD_OUT) if paper else (NOISE, HELD_OUT)
    return controls.select("generate.start", options, NOISE, width=140)


def choose_start(run: RunFolder, origin: str) -> Start | None:
    """The picture and its t, for any origin but noise; None while there is no picture, and a word on what to do."""
    if origin == NOISE:
        return None
    total = run.config.schedule.num_timesteps
    with st.container(horizontal=True, vertical_alignment="center", key="generate_start"):
        picture = _drawing(run) if origin == DRAWING else _held_out(run)
        if picture is None:
            return None
        t_start = controls.number("generate.t_start", 1, total, max(1, total // 2), slides=True, width=360)
    return Start.of(picture, t_start)


def _drawing(run: RunFolder) -> np.ndarray | None:
    info = run.data_info
    paper = papers.paper_for((info.height, info.width, info.channels))
    picture = papers.kept(paper) if paper else None
    if picture is None:
        st.info(t("generate.no_drawing"), icon=":material/draw:")
    else:
        _thumbnail(picture, t("drawing.title"))
    if paper:
        dialog.button(paper, "generate")
    return picture


def _held_out(run: RunFolder) -> np.ndarray:
    pictures = cache.held_out(run.data_info.name).images
    k = state.number("picture0", 0, MAX_PICTURE, 0) % len(pictures)
    _thumbnail(pictures[k], t("generate.start_held_out"))
    controls.button("generate.another", "casino", st.session_state.update, {"picture0": k + 1})
    state.publish("picture0", k, 0)
    return pictures[k]


def _thumbnail(picture: np.ndarray, alt: str) -> None:
    """The picture as it is, every pixel a square."""
    style = f"width: 56px; image-rendering: pixelated; border-radius: 3px; outline: 2px solid {theme.colour('x0')}"
    st.html(image(picture, alt, style=f"{style}; outline-offset: 2px"), width="content")
