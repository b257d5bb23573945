"""The reverse process as pictures: from noise, or a noised picture, to a finished one."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddpm_core.config import KINDS_THAT_SAMPLE, SampleConfig
from ddpm_core.errors import Message, require
from ddpm_core.runs.folder import RunFolder
from jobs.pool.protocol import Report, Task, saved_arrays

KINDS = ("xt", "x0_hat", "eps_hat")
EPS_RANGE = 3.0
"""eps_hat is shown from -3 to 3, which holds 99.7 % of N(0, 1)."""
MAX_STEPS_SHOWN = 64
"""A longer walk (DDPM's 1000 steps) is thinned to this many frames and the finished picture."""
MAX_BYTES = 400 * 1024**2


@dataclass(frozen=True)
class Start:
    """A picture to begin with instead of pure noise, and the t it is noised to first."""

    t: int
    shape: tuple[int, ...]
    """(H, W, C)."""
    pixels: str
    """Its uint8 values in base64: plain text, as all of a request."""

    @classmethod
    def of(cls, picture: NDArray[np.uint8], t: int) -> Start:
        return cls(t, picture.shape, base64.b64encode(picture.tobytes()).decode())

    @property
    def picture(self) -> NDArray[np.uint8]:
        """uint8 (H, W, C)."""
        return np.frombuffer(base64.b64decode(self.pixels), np.uint8).reshape(self.shape).copy()


@dataclass(frozen=True)
class TrajectoryRequest:
    """Sample from checkpoints of one run, all from the same noise, and keep what is seen on the way."""

    run_path: str
    epochs: tuple[int, ...]
    sample: SampleConfig = field(default_factory=SampleConfig)
    start: Start | None = None
    """None: pure noise at T."""

    def __post_init__(self) -> None:
        require(len(self.epochs) > 0, "epochs", self.epochs, Message("pool.no_epochs"))

    def files(self) -> list[Path]:
        """The checkpoints it depends on; ValueError for a folder that is no run or an epoch that has none."""
        run = RunFolder(Path(self.run_path))
        for epoch in self.epochs:
            run.header(epoch)
        return [run.checkpoint(epoch) for epoch in self.epochs]


@dataclass(frozen=True)
class Trajectory:
    """Frames of the reverse process, the last one (t = 0) the finished pictures.

    timesteps: (F,) falling to 0; labels: (N,), -1 for none. frames: kind -> uint8 (E, F, N, H, W, C), E epochs;
    of points float32 (E, F, N, 1, 1, 2), as they are. Of pictures, xt and x0_hat are clipped to [-1, 1], eps_hat to
    EPS_RANGE times that; mid-grey is 0. At t = 0 nothing is predicted any more: xt and x0_hat are the finished picture,
    eps_hat repeats its last frame.
    """

    epochs: tuple[int, ...]
    timesteps: NDArray[np.int64]
    labels: NDArray[np.int64]
    frames: dict[str, NDArray[Any]]

    @property
    def is_points(self) -> bool:
        """Whether the frames are clouds of points, not pictures."""
        return bool(self.frames["xt"].dtype == np.float32)

    def save(self, path: Path) -> None:
        """Write an .npz without pickles."""
        with path.open("wb") as file:
            np.savez(
                file,
                epochs=np.array(self.epochs, np.int64),
                timesteps=self.timesteps,
                labels=self.labels,
                **{f"frames_{kind}": pictures for kind, pictures in self.frames.items()},  # type: ignore[arg-type]
            )

    @classmethod
    def load(cls, path: Path) -> Trajectory:
        """Read what `save` wrote; ValueError for a file that is damaged or something else."""
        with saved_arrays(path) as arrays:
            frames = {kind: arrays[f"frames_{kind}"] for kind in KINDS}
            epochs = tuple(int(epoch) for epoch in arrays["epochs"])
            return cls(epochs, arrays["timesteps"], arrays["labels"], frames)


def sample_trajectory(request: TrajectoryRequest, report: Report) -> Trajectory:
    """Walk to t = 0 with the weights of each epoch; all begin with the same noise."""
    num_epochs = len(request.epochs)
    walks = []
    for e, path in enumerate(request.files()):

        def report_walk(done: int, total: int, before: int = e) -> None:
            report(before * total + done, num_epochs * total)

        walks.append(_walk(path, request, report_walk))
    timesteps, labels, _ = walks[0]
    frames = {kind: np.stack([pictures[kind] for _, _, pictures in walks]) for kind in KINDS}
    return Trajectory(request.epochs, np.array(timesteps, np.int64), np.array(labels, np.int64), frames)


def _walk(
    path: Path, request: TrajectoryRequest, report: Report
) -> tuple[list[int], list[int], dict[str, NDArray[Any]]]:
    """One checkpoint's timesteps, labels and frames, (F, N, H, W, C) of each kind."""
    import torch

    from ddpm_core.pictures.tensors import at_rest, to_tensor
    from ddpm_core.runs.checkpoint import load_model
    from ddpm_core.sampler import picture_labels, sample_pictures
    from ddpm_core.schedule import NoiseSchedule

    model, header = load_model(path, "cuda" if torch.cuda.is_available() else "cpu")
    config, run, info, n = request.sample, header.config, header.data_info, request.sample.num_sampling_steps
    if run.kind not in KINDS_THAT_SAMPLE:
        raise ValueError(Message("run.no_sampling", run=path.parent.name))
    shown = set(steps_shown(n))
    _check_size(len(request.epochs) * len(shown) * config.num_pictures * info.height * info.width * info.channels)
    schedule, size = NoiseSchedule(run.schedule), (info.height, info.width)
    timesteps: list[int] = []
    frames: dict[str, list[NDArray[Any]]] = {kind: [] for kind in KINDS}
    points = run.kind == "points"
    eps_range = 1.0 if points else EPS_RANGE
    start, t_start = (to_tensor(request.start.picture[None])[0], request.start.t) if request.start else (None, None)
    for step in sample_pictures(model, schedule, run.prediction_type, config, size, start=start, t_start=t_start):
        if step.i in shown:
            timesteps.append(step.t)
            for kind, values in (("xt", step.xt), ("x0_hat", step.x0_hat), ("eps_hat", step.eps_hat / eps_range)):
                frames[kind].append(at_rest(values, points=points))
        report(step.i + 1, n)
    frames["xt"].append(frames["x0_hat"][-1])
    for kind in ("x0_hat", "eps_hat"):
        frames[kind].append(frames[kind][-1])
    labels = picture_labels(config, model.num_classes)
    return [*timesteps, 0], labels, {kind: np.stack(pictures) for kind, pictures in frames.items()}


def _check_size(pixels: int) -> None:
    megabytes = pixels * len(KINDS) / 1024**2
    if megabytes * 1024**2 > MAX_BYTES:
        raise ValueError(Message("pool.too_large", size=megabytes, most=MAX_BYTES // 1024**2))


def steps_shown(num_steps: int) -> list[int]:
    """Which of `num_steps` steps to keep: all, or MAX_STEPS_SHOWN evenly spaced ones, first and last included."""
    return sorted({int(i) for i in np.linspace(0, num_steps - 1, min(num_steps, MAX_STEPS_SHOWN)).round()})


TASK = Task(sample_trajectory, TrajectoryRequest, Trajectory)
