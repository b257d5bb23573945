"""What the store tells of a run: plain records, made by the store and read by pages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ddpm_core.config import TrainConfig
from jobs.paths import LOG

RunStatus = Literal["queued", "running", "pausing", "paused", "stopping", "stopped", "finished", "failed"]


@dataclass(frozen=True)
class RunRecord:
    """One run as the store knows it; times are seconds since 1970, for display only."""

    id: str
    name: str
    config: TrainConfig
    status: RunStatus
    created: float
    started: float | None
    finished: float | None
    epoch: int
    """Epochs completed."""
    step: int
    total_steps: int
    """0 until the worker has counted its pictures."""
    seconds: float
    """Training time so far."""
    device: str
    pictures_per_second: float
    attempts: int
    pid: int | None
    """Of the worker, once it holds its lock. Information only: whether it lives, the lock tells."""
    error: str
    """Why the run failed, or why it had to be resumed; empty when all is well."""
    folder: Path
    owner: str = ""
    """Of which browser it is; empty for a run that is everybody's."""
    note: str = ""
    parent: str = ""
    """The checkpoint that a branch began at, as "run-id@epoch"."""
    gpu_bytes: int = 0
    """Memory that it holds on the GPU, when it was last asked; 0 on a CPU."""

    @property
    def active(self) -> bool:
        """Whether a worker has it, or should have."""
        return self.status in ("running", "pausing", "stopping")

    @property
    def begun_with(self) -> tuple[str, int] | None:
        """The run and the epoch whose weights a branch began with; None for any other run."""
        run_id, _, epoch = self.parent.rpartition("@")
        return (run_id, int(epoch)) if run_id else None

    @property
    def resumable(self) -> bool:
        """Whether it has been put aside and can go on from its last checkpoint."""
        return self.status in ("paused", "stopped", "failed")

    @property
    def seconds_left(self) -> float | None:
        """Expected training time from here to the end; None while there is nothing to tell it from."""
        if self.status != "running" or not self.total_steps or self.pictures_per_second <= 0:
            return None
        by_steps = (self.total_steps - self.step) * pictures_per_step(self.config) / self.pictures_per_second
        limit = self.config.max_seconds
        return max(0.0, min(by_steps, limit - self.seconds)) if limit else by_steps

    def log_tail(self, lines: int = 20) -> str:
        """The last non-empty lines of the worker's log; empty when there is none."""
        try:
            with (self.folder / LOG).open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - 64 * 1024))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])


@dataclass(frozen=True)
class QueuedRun:
    """A run in the queue."""

    record: RunRecord
    position: int
    """1 for the run that starts next."""
    starts_in: float | None
    """Seconds; None while some run before it has no known end."""


def pictures_per_step(config: TrainConfig) -> float:
    """Pictures in a batch, on average over an epoch, whose last batch may be smaller."""
    num = config.data.num_pictures
    return num / math.ceil(num / config.batch_size) if num else config.batch_size


@dataclass(frozen=True)
class Metrics:
    """A run's steps as columns of one length, thinned to what a chart can show."""

    step: NDArray[np.int64]
    epoch: NDArray[np.int64]
    loss: NDArray[np.float64]
    learning_rate: NDArray[np.float64]
    grad_norm: NDArray[np.float64]
    seconds: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.step)
