"""Frames that were computed before the first visit and shipped with the app (scripts/make_frames.py), and say so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from ddpm_core.config import SampleConfig, from_dict
from ddpm_core.run import RunFolder
from jobs.trajectory import Trajectory, TrajectoryRequest
from ui.runs import CHECKPOINTS

FRAMES = CHECKPOINTS / "frames"


@dataclass(frozen=True)
class ShippedFrames:
    """Frames, what was asked for to get them, and the weights they came from."""

    run: str
    epochs: tuple[int, ...]
    sample: SampleConfig
    weights: tuple[str, ...]
    """sha256 of each epoch's weights, as its checkpoint's header has it."""
    trajectory: Trajectory
    strips: dict[str, np.ndarray]
    """Rows of pictures, uint8 (K, H, W, C), that go with them."""

    def answer(self, request: TrajectoryRequest) -> Trajectory | None:
        """What `request` would compute, if it is in here: same run, settings and weights, and no other epochs."""
        folder = CHECKPOINTS / self.run
        if Path(request.run_path) != folder or request.sample != self.sample or not {*request.epochs} <= {*self.epochs}:
            return None
        rows = [self.epochs.index(epoch) for epoch in request.epochs]
        if any(RunFolder(folder).header(self.epochs[row]).sha256 != self.weights[row] for row in rows):
            return None
        frames = {kind: pictures[rows] for kind, pictures in self.trajectory.frames.items()}
        return Trajectory(request.epochs, self.trajectory.timesteps, self.trajectory.labels, frames)


def load(name: str) -> ShippedFrames:
    """The frames called `name`; ValueError where the file is missing or damaged."""
    path = FRAMES / f"{name}.npz"
    if not path.is_file():
        raise ValueError(f"{path} is missing. Make it with: python -m scripts.make_frames")
    return _load(path, path.stat().st_mtime_ns)


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(path: Path, mtime: int) -> ShippedFrames:
    trajectory = Trajectory.load(path)
    with np.load(path, allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes())
        strips = {name.removeprefix("strip_"): arrays[name] for name in arrays if name.startswith("strip_")}
    sample = from_dict(SampleConfig, about["sample"])
    return ShippedFrames(about["run"], trajectory.epochs, sample, tuple(about["weights"]), trajectory, strips)


def answer(name: str, request: TrajectoryRequest) -> Trajectory | None:
    """Shipped frames for a request, if there are any."""
    return load(name).answer(request) if (FRAMES / f"{name}.npz").is_file() else None
