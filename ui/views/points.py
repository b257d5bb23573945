"""Where the pages show points instead of pictures: the scatter exhibit of Generate, the clouds of Add noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from ddpm_core.config import DataConfig
from ddpm_core.data import load_dataset
from ddpm_core.data.points import CLASS_NAMES
from ddpm_core.run import RunFolder
from jobs.trajectory import Trajectory
from ui import cache, controls, state
from ui.classes import class_label
from ui.components.scatter import STRINGS, scatter
from ui.components.scrubber import STRINGS as SCRUBBER_STRINGS
from ui.i18n import t, table
from ui.views.sampling import Shown

SHAPES = tuple(CLASS_NAMES)
COUNTS = ("100", "300", "1000")
DEFAULT_COUNT = "300"
KINDS = ("xt", "x0_hat")
REAL = 600
"""Held-out points drawn behind the samples."""
CLOUD = 500
"""Points of the page Add noise."""


def draw_walk(shown: Shown, walk: Trajectory, *, autoplay: bool) -> None:
    """The walk of a run on points, with t, kind and paths in the URL."""
    names = [class_label(name) for name in shown.class_names]
    run = RunFolder(Path(shown.request.run_path))
    now = scatter(
        {kind: walk.frames[kind].reshape(*walk.frames[kind].shape[:3], 2) for kind in KINDS},
        walk.timesteps,
        walk.epochs,
        walk.labels,
        real=_real(run.config.data),
        class_names=names if (walk.labels >= 0).any() else [],
        strings={name: t(f"scatter.{name}") for name in STRINGS},
        key=f"generate_points_{len(walk.epochs) > 1}",
        t=state.number("t", 0, int(walk.timesteps[0]), 0),
        kind=state.choice("kind", KINDS, KINDS[0]),
        paths=state.choice("paths", ("off", "on"), "off") == "on",
        autoplay=autoplay,
    )
    for name, value, default in (
        ("t", now.t, 0),
        ("kind", now.kind, KINDS[0]),
        ("paths", "on" if now.paths else "off", "off"),
    ):
        st.session_state[name] = value
        state.publish(name, value, default)


@st.cache_data(max_entries=32, show_spinner=False)
def _real(data: DataConfig) -> np.ndarray:
    """Held-out points of a run's data, (REAL, 2)."""
    config = DataConfig(data.name, num_pictures=1, num_validation=REAL, seed=data.seed)
    return load_dataset(config, "validation").images.reshape(REAL, 2)


def choose_shape() -> str:
    """The shape on Add noise, held in `?shape=`."""
    explanation = t("scatter.shape_help")
    return controls.select(
        t("scatter.shape"),
        "shape",
        SHAPES,
        SHAPES[0],
        lambda name: t(f"scatter.shape_{name}"),
        help=explanation,
        width=140,
    )


def cloud(name: str) -> tuple[np.ndarray, np.ndarray]:
    """CLOUD points of a shape, float32 (N, 2), and their classes, -1 where it has none."""
    held_out = cache.held_out(name)
    labels = held_out.labels[:CLOUD] if held_out.info.class_names else np.full(CLOUD, -1)
    return held_out.images[:CLOUD].reshape(CLOUD, 2), labels


def scrubber_strings() -> dict[str, str]:
    """The words of the exhibit on Add noise, where they must say points instead of pictures."""
    pictures, points = table("scrubber"), table("scatter")
    return {name: points.get(f"cloud_{name}", pictures[name]) for name in SCRUBBER_STRINGS}
