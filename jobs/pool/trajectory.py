"""The reverse process as pictures: what is asked of the pool, and what comes back. Needs no torch."""

from __future__ import annotations

import base64
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddpm_core.config import SampleConfig
from ddpm_core.errors import Message, require
from ddpm_core.runs.folder import RunFolder

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
        try:
            with np.load(path, allow_pickle=False) as arrays:
                frames = {kind: arrays[f"frames_{kind}"] for kind in KINDS}
                epochs = tuple(int(epoch) for epoch in arrays["epochs"])
                return cls(epochs, arrays["timesteps"], arrays["labels"], frames)
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(Message("pool.damaged", path=path, reason=error)) from error


def steps_shown(num_steps: int) -> list[int]:
    """Which of `num_steps` steps to keep: all, or MAX_STEPS_SHOWN evenly spaced ones, first and last included."""
    return sorted({int(i) for i in np.linspace(0, num_steps - 1, min(num_steps, MAX_STEPS_SHOWN)).round()})
