"""How good the pictures of one epoch are: what is asked of the pool, and what comes back. Needs no torch."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ddpm_core.config import SampleConfig, from_dict, to_dict
from ddpm_core.errors import Message
from ddpm_core.quality.report import QualityReport
from ddpm_core.runs.folder import RunFolder

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
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return cls(from_dict(QualityReport, json.loads(arrays["report"].tobytes())))
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(Message("pool.damaged", path=path, reason=error)) from error
