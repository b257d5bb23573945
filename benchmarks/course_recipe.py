"""The course's recipe at its size: 89,400 pictures, 32 epochs in batches of 100, 1.48 million weights.

    python -m benchmarks.course_recipe [--seconds 60]

On a GPU the whole run, from nothing to the last checkpoint: a minute is the aim. On a CPU as many seconds of training
as asked for, and what the whole run would take at that speed.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmarks.ours import convolution_ceilings
from benchmarks.report import in_words, machine, publish, table
from ddpm_core.config import TrainConfig
from ddpm_core.runs.events import TrainStep
from ddpm_core.runs.presets import PRESETS
from ddpm_core.training.trainer import total_steps, train

NUM_PICTURES = 89_400


@dataclass(frozen=True)
class Measured:
    """Seconds of a run."""

    start: float
    """Until training begins: pictures drawn, the untrained network measured and saved."""
    training: float
    """Of the steps below, with whatever comes between them."""
    steps: int
    total_steps: int

    @property
    def complete(self) -> bool:
        return self.steps == self.total_steps

    @property
    def whole(self) -> float:
        """From nothing to the last checkpoint; where it was cut short, at the speed it had."""
        return self.start + self.training * self.total_steps / self.steps


def measure(config: TrainConfig, folder: Path, seconds: float) -> Measured:
    """Train for so long, or to the end."""
    began = time.monotonic()
    events = train(config, folder)
    next(events)  # the end of epoch 0
    start, steps = time.monotonic() - began, 0
    for event in events:
        steps += isinstance(event, TrainStep)
        if steps and time.monotonic() - began - start > seconds:
            break
    return Measured(start, time.monotonic() - began - start, steps, total_steps(config, config.data.num_pictures))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of training on a CPU")
    chosen = parser.parse_args()
    preset = PRESETS["course_sprites"]
    config = replace(preset, data=replace(preset.data, num_pictures=NUM_PICTURES))
    seconds = math.inf if torch.cuda.is_available() else chosen.seconds
    with tempfile.TemporaryDirectory() as folder:
        found = measure(config, Path(folder) / "run", seconds)
    speed = found.steps * config.batch_size / found.training
    whole = f"{found.whole / 60:.1f} min" + ("" if found.complete else ", projected")
    publish(
        "The course's recipe",
        f"`python -m benchmarks.course_recipe`: {machine()}, convolutions at {in_words(convolution_ceilings())}. "
        f"{NUM_PICTURES:,} pictures, {config.num_epochs} epochs, batches of {config.batch_size}, {found.steps:,} of "
        f"{found.total_steps:,} steps trained. A minute is the aim on a GPU.\n\n"
        + table(
            ("until training begins", "pictures/s", "whole run"), [(f"{found.start:.1f} s", f"{speed:.0f}", whole)]
        ),
    )


if __name__ == "__main__":
    main()
