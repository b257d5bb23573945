"""Compute what the app shows on a first visit from a shipped run: python -m scripts.make_frames [--run sprites].

Writes checkpoints/frames/*.npz: what Home and Generate ask for first, and rows of pictures for the home page.
Nothing in them is drawn by hand; make them anew whenever the shipped run changes (a test compares the weights' hashes).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from ddpm_core.atomic import replacing
from ddpm_core.config import SampleConfig, to_dict
from ddpm_core.data import load_dataset
from ddpm_core.noise import PictureNoise
from ddpm_core.pictures.tensors import to_tensor, to_uint8
from ddpm_core.runs.folder import RunFolder
from ddpm_core.schedule import NoiseSchedule, q_sample
from jobs.paths import checkpoints_dir
from jobs.pool.tasks.trajectory import KINDS, Trajectory, TrajectoryRequest, sample_trajectory
from pages.generate.request import default_sample
from pages.home.exhibit import HERO
from ui.runs.shipped_frames import changes, frames_dir

Strips = dict[str, np.ndarray]
STRIP = 6
"""Pictures in each row of the home page's story."""
STORY_PICTURE = 8
"""Which of Generate's pictures the story follows: a mushroom."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--run", type=Path, default=checkpoints_dir() / "sprites", help="run folder (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, default=frames_dir(), help="where to write (default: %(default)s)")
    args = parser.parse_args()
    run = RunFolder(args.run)
    args.out.mkdir(parents=True, exist_ok=True)
    generate = _write(args.out / "generate.npz", run, run.epochs, default_sample())
    _write(args.out / "home.npz", run, run.epochs[-1:], HERO, _story(run, generate))


def _write(
    path: Path, run: RunFolder, epochs: tuple[int, ...], sample: SampleConfig, strips: Strips | None = None
) -> Trajectory:
    request = TrajectoryRequest(str(run.path.resolve()), epochs, sample)
    with tqdm(desc=path.name, total=len(epochs) * sample.num_sampling_steps) as bar:
        trajectory = sample_trajectory(request, lambda _done, _total: bar.update())
    weights = [run.header(epoch).sha256 for epoch in epochs]
    about = {"run": run.path.name, "sample": to_dict(sample), "weights": weights}
    packed: dict[str, Any] = {f"changes_{kind}": changes(trajectory.frames[kind]) for kind in KINDS}
    packed |= {f"strip_{name}": strip for name, strip in (strips or {}).items()}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            about=np.frombuffer(json.dumps(about).encode(), np.uint8),
            epochs=np.array(epochs, np.int64),
            timesteps=trajectory.timesteps,
            labels=trajectory.labels,
            **packed,
        )
    return trajectory


def _story(run: RunFolder, epochs: Trajectory) -> Strips:
    """The same three acts as the app: noise comes in, a network learns, a picture comes out."""
    schedule, picture = NoiseSchedule(run.config.schedule), STORY_PICTURE
    held_out = load_dataset(run.config.data, "validation")
    x0 = to_tensor(held_out.images[held_out.labels == epochs.labels[picture]][:1])
    t = torch.linspace(0, schedule.num_timesteps, STRIP).long()
    eps = PictureNoise(0, 1).draw(x0.shape[1:])
    noised = torch.cat([q_sample(schedule, x0, t[i : i + 1], eps) for i in range(STRIP)])
    rows, steps = (
        np.linspace(0, len(every) - 1, STRIP).round().astype(int) for every in (epochs.epochs, epochs.timesteps)
    )
    return {
        "add_noise": to_uint8(noised),
        "train": epochs.frames["xt"][rows, -1, picture],
        "generate": epochs.frames["xt"][-1, steps, picture],
    }


if __name__ == "__main__":
    main()
