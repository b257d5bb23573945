"""What a class gets to see: the quick presets trained from zero, then measured on 1,000 samples.

    python -m benchmarks.live_preset [--presets mnist_quick sprites_quick] [--samples 1000]

A preset trains for as long as it is made for (its learning rate ends with the time), on a quiet machine, with live
pictures as on the page. Its last checkpoint is measured at the preset's guidance, and the last of the first minute on
200 samples, to see when pictures are first recognised.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.ours import convolution_ceilings
from benchmarks.report import in_words, machine, publish, table
from ddpm_core.config import SampleConfig
from ddpm_core.quality.evaluate import evaluate_run
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.presets import GUIDANCE, PRESETS
from ddpm_core.training.trainer import train

SECONDS = {"mnist_quick": 180.0, "sprites_quick": 120.0}
AIMS = {"mnist_quick": "≥ 98 %, ≤ 1.2, ≥ 0.3", "sprites_quick": "≥ 95 %"}
FIRST_MINUTE = 60.0
EPOCHS = 500
"""More than any machine gets through: time is to end the run."""


def trained(preset: str, folder: Path) -> tuple[RunFolder, dict[int, float], float]:
    """The run, when each of its epochs was there (seconds from the start, all included), and pictures per second."""
    config = replace(PRESETS[preset], num_epochs=EPOCHS, max_seconds=SECONDS[preset], keep_epochs=tuple(range(EPOCHS)))
    began, ends, last = time.monotonic(), {}, None
    for event in train(config, folder, live_seconds=1.0):
        if isinstance(event, EpochEnd):
            ends[event.epoch] = time.monotonic() - began
        else:
            last = event
    run = RunFolder(folder)
    speed = last.step * config.batch_size / last.seconds if isinstance(last, TrainStep) else 0.0
    return run, ends, speed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presets", nargs="+", default=list(SECONDS), choices=list(SECONDS))
    parser.add_argument("--samples", type=int, default=1000)
    chosen = parser.parse_args()
    ceilings, rows = convolution_ceilings(), []
    for preset in chosen.presets:
        with tempfile.TemporaryDirectory() as folder:
            run, ends, speed = trained(preset, Path(folder) / preset)
            request = SampleConfig(guidance_scale=GUIDANCE.get(preset, 1.0))
            report = evaluate_run(run, run.epochs[-1], chosen.samples, request)
            early = max((epoch for epoch, at in ends.items() if at <= FIRST_MINUTE), default=0)
            first = evaluate_run(run, early, min(200, chosen.samples), request)
        accuracy, frechet, recall = report.class_accuracy, report.frechet, report.recall
        if accuracy is None or frechet is None or recall is None or first.class_accuracy is None:
            raise ValueError(f"{preset} has no classes; allowed: {', '.join(SECONDS)}.")
        rows.append(
            (preset, f"{SECONDS[preset]:.0f} s ({ends[report.epoch]:.0f} s with pictures and measuring)",
             f"{speed:.0f}", f"{request.guidance_scale:g}", f"{accuracy.samples:.1%} ({accuracy.real:.1%})",
             f"{frechet.samples:.2f} ({frechet.real:.2f})", f"{recall.samples:.2f} ({recall.real:.2f})", AIMS[preset],
             f"{first.class_accuracy.samples:.0%}")
        )  # fmt: skip
    head = ("preset", "trained", "pictures/s", "guidance", "classified as asked", "Fréchet distance", "recall", "aim")
    publish(
        "Quick presets, from zero",
        f"`python -m benchmarks.live_preset`: {machine()}, convolutions at {in_words(ceilings)}. "
        f"{chosen.samples} samples, DDIM-50, EMA weights; in brackets the same of as many held-out pictures. Last "
        "column: what a minute after the start is classified as asked.\n\n" + table((*head, "after 60 s"), rows),
    )


if __name__ == "__main__":
    main()
