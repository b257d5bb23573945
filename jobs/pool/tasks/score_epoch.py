"""How good the pictures of one epoch are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ddpm_core.config import SampleConfig, from_dict, to_dict
from ddpm_core.quality.report import QualityReport
from ddpm_core.runs.folder import RunFolder
from jobs.pool.protocol import Report, Task, saved_arrays

NUM_SAMPLES = 300
SAMPLE = SampleConfig(sampler="dpmpp_2m", num_sampling_steps=20)
"""The second-order sampler: as good in 20 steps as DDIM in 50, and this is done for every epoch."""


@dataclass(frozen=True)
class ScoreRequest:
    """Sample from one checkpoint and measure the samples."""

    run_path: str
    epoch: int
    num_samples: int = NUM_SAMPLES
    sample: SampleConfig = SAMPLE

    def files(self) -> list[Path]:
        """The checkpoint; ValueError for a folder that is no run or an epoch that has none."""
        run = RunFolder(Path(self.run_path))
        run.header(self.epoch)
        return [run.checkpoint(self.epoch)]


@dataclass(frozen=True)
class Score:
    """A quality report on its way through the pool."""

    report: QualityReport

    def save(self, path: Path) -> None:
        """Write an .npz that holds the report as JSON."""
        text = json.dumps(to_dict(self.report)).encode()
        with path.open("wb") as file:
            np.savez(file, report=np.frombuffer(text, np.uint8))

    @classmethod
    def load(cls, path: Path) -> Score:
        """Read what `save` wrote; ValueError for a file that is damaged or something else."""
        with saved_arrays(path) as arrays:
            return cls(from_dict(QualityReport, json.loads(arrays["report"].tobytes())))


def score_epoch(request: ScoreRequest, report: Report) -> Score:
    """Measure samples of one epoch. The first time for a dataset, its classifier is trained: half a minute."""
    from ddpm_core.quality.evaluate import evaluate_run

    def report_stage(stage: str, done: int, total: int) -> None:
        report((0 if stage == "classifier" else 50) + 50 * done // total, 100)

    run = RunFolder(Path(request.run_path))
    return Score(evaluate_run(run, request.epoch, request.num_samples, request.sample, progress=report_stage))


TASK = Task(score_epoch, ScoreRequest, Score, background=True)
