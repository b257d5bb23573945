"""What the pool can be asked for. Imports no torch until a task runs, so that the server may read this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ddpm_core.config import KINDS_THAT_SAMPLE
from ddpm_core.errors import Message
from ddpm_core.runs.folder import RunFolder
from jobs.pool.score_epoch import Score, ScoreRequest
from jobs.pool.trajectory import EPS_RANGE, KINDS, MAX_BYTES, Trajectory, TrajectoryRequest, steps_shown

Report = Callable[[int, int], None]
"""report(done, total), between steps: notes the progress, and raises Cancelled when nobody waits any more."""


class Cancelled(Exception):
    """Nobody waits for this request any more."""


class TaskRequest(Protocol):
    """A frozen dataclass of plain values."""

    def files(self) -> list[Path]:
        """The files the result depends on; ValueError when one is missing."""


class TaskResult(Protocol):
    """What a task returns: arrays that can be written and read without torch and without pickles."""

    def save(self, path: Path) -> None: ...

    @classmethod
    def load(cls, path: Path) -> Self: ...


@dataclass(frozen=True)
class Task:
    """A function the pool may run, and the types of what goes in and comes out."""

    function: Callable[[Any, Report], TaskResult]
    request_type: type[TaskRequest]
    result_type: type[TaskResult]
    background: bool = False
    """Whether it steps behind everything else, training included: nobody waits for it with a finger on the mouse."""


def sample_trajectory(request: TrajectoryRequest, report: Report) -> Trajectory:
    """Walk from noise (or a noised picture) to pictures with the weights of each epoch; all have the same noise."""
    num_epochs = len(request.epochs)
    walks = []
    for e, path in enumerate(request.files()):

        def tell(done: int, total: int, before: int = e) -> None:
            report(before * total + done, num_epochs * total)

        walks.append(_walk(path, request, tell))
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


def score_epoch(request: ScoreRequest, report: Report) -> Score:
    """Measure samples of one epoch. The first time for a dataset, its classifier is trained: half a minute."""
    from ddpm_core.quality.evaluate import evaluate_run

    def tell(stage: str, done: int, total: int) -> None:
        report((0 if stage == "classifier" else 50) + 50 * done // total, 100)

    run = RunFolder(Path(request.run_path))
    return Score(evaluate_run(run, request.epoch, request.num_samples, request.sample, progress=tell))


TASKS: dict[str, Task] = {
    "sample_trajectory": Task(sample_trajectory, TrajectoryRequest, Trajectory),
    "score_epoch": Task(score_epoch, ScoreRequest, Score, background=True),
}
