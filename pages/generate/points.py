"""A walk of points: the scatter exhibit, with the real points behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from ddpm_core.config import DataConfig
from ddpm_core.data import load_dataset
from ddpm_core.runs.folder import RunFolder
from jobs.pool.tasks.trajectory import Trajectory, TrajectoryRequest
from ui import state
from ui.components.scatter import Kind, scatter
from ui.datasets import class_label

COUNTS = ("100", "300", "1000")
DEFAULT_COUNT = "300"
KINDS: tuple[Kind, ...] = ("xt", "x0_hat")
REAL = 600
"""Held-out points drawn behind the samples."""


def draw_walk(request: TrajectoryRequest, walk: Trajectory, *, autoplay: bool) -> None:
    """The walk of a run on points, with t, kind and paths in the URL."""
    run = RunFolder(Path(request.run_path))
    names = [class_label(name) for name in run.data_info.class_names]
    now = scatter(
        {kind: walk.frames[kind].reshape(*walk.frames[kind].shape[:3], 2) for kind in KINDS},
        walk.timesteps,
        walk.epochs,
        walk.labels,
        real=held_out(run),
        class_names=names if (walk.labels >= 0).any() else [],
        key=f"generate_points_{len(walk.epochs) > 1}",
        t=state.number("t", 0, int(walk.timesteps[0]), 0),
        kind=state.choice("kind", KINDS, KINDS[0]),
        paths=state.choice("paths", ("off", "on"), "off") == "on",
        autoplay=autoplay,
    )
    state.put("t", now.t, 0)
    state.put("kind", now.kind, KINDS[0])
    state.put("paths", "on" if now.paths else "off", "off")


def held_out(run: RunFolder) -> np.ndarray:
    """Points of a run's data that it never trained on, (REAL, 2)."""
    return _held_out(run.config.data)


@st.cache_data(max_entries=32, show_spinner=False)
def _held_out(data: DataConfig) -> np.ndarray:
    config = DataConfig(data.name, num_pictures=1, num_validation=REAL, seed=data.seed)
    return load_dataset(config, "validation").images.reshape(REAL, 2)
