"""Frames that were computed before the first visit and shipped with the app (scripts/make_frames.py), and say so."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from ddpm_core.config import SampleConfig, from_dict
from ddpm_core.runs.folder import RunFolder
from jobs.paths import checkpoints_dir
from jobs.pool.tasks.trajectory import KINDS, Trajectory, TrajectoryRequest
from ui.i18n import t


def frames_dir() -> Path:
    """Where the shipped frames lie."""
    return checkpoints_dir() / "frames"


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
        folder = checkpoints_dir() / self.run
        same = Path(request.run_path) == folder and request.sample == self.sample and request.start is None
        if not same or not {*request.epochs} <= {*self.epochs}:
            return None
        rows = [self.epochs.index(epoch) for epoch in request.epochs]
        if any(RunFolder(folder).header(self.epochs[row]).sha256 != self.weights[row] for row in rows):
            return None
        frames = {kind: pictures[rows] for kind, pictures in self.trajectory.frames.items()}
        return Trajectory(request.epochs, self.trajectory.timesteps, self.trajectory.labels, frames)


def load(name: str) -> ShippedFrames:
    """The frames called `name`; ValueError where the file is missing or damaged."""
    path = frames_dir() / f"{name}.npz"
    if not path.is_file():
        raise ValueError(t("error.no_frames", path=path))
    return _load(path, path.stat().st_mtime_ns)


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(path: Path, mtime: int) -> ShippedFrames:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            frames = {kind: from_changes(arrays[f"changes_{kind}"]) for kind in KINDS}
            strips = {name.removeprefix("strip_"): arrays[name] for name in arrays if name.startswith("strip_")}
            epochs = tuple(int(epoch) for epoch in arrays["epochs"])
            trajectory = Trajectory(epochs, arrays["timesteps"], arrays["labels"], frames)
            sample = from_dict(SampleConfig, about["sample"])
            return ShippedFrames(about["run"], epochs, sample, tuple(about["weights"]), trajectory, strips)
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(t("error.damaged_frames", path=path, error=error)) from error


def changes(frames: np.ndarray) -> np.ndarray:
    """Frames (E, F, N, H, W, C) as differences from frame to frame, F last: they pack into a third of the bytes."""
    return np.moveaxis(np.diff(frames, axis=1, prepend=np.zeros_like(frames[:, :1])), 1, -1)


def from_changes(differences: np.ndarray) -> np.ndarray:
    """The inverse of `changes`: bytes wrap around, so nothing is lost."""
    return np.ascontiguousarray(np.moveaxis(np.cumsum(differences, axis=-1, dtype=np.uint8), -1, 1))


def answer(name: str, request: TrajectoryRequest) -> Trajectory | None:
    """Shipped frames for a request, if there are any."""
    return load(name).answer(request) if (frames_dir() / f"{name}.npz").is_file() else None
