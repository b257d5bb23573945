"""Train the shipped runs and write checkpoints/MANIFEST.json: python -m scripts.make_checkpoints [--manifest-only].

A run that is there is not trained again, an interrupted one goes on where it stopped; remove its folder to begin anew.
Afterwards: python -m scripts.make_frames.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ddpm_core.atomic import replacing
from ddpm_core.config import TrainConfig, to_dict
from ddpm_core.console import train_with_progress
from ddpm_core.events import EpochEnd
from ddpm_core.journal import Journal
from ddpm_core.presets import PRESETS
from ddpm_core.quality.evaluate import evaluate_run
from ddpm_core.run import RunFolder

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"
SHIPPED: dict[str, tuple[str, TrainConfig]] = {
    "sprites": (
        "python -m ddpm_core train sprites --out checkpoints/sprites --num-threads 1",
        replace(PRESETS["sprites"], num_threads=1),
    ),
}
"""Run folder -> the command that trains it, and its config. One thread, so that any machine makes the same weights."""
QUALITY_SAMPLES = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest-only", action="store_true", help="describe the runs that are there")
    args = parser.parse_args()
    manifest = {}
    for name, (command, config) in SHIPPED.items():
        folder = CHECKPOINTS / name
        finished = folder.exists() and config.num_epochs in RunFolder(folder).epochs
        if not finished and not args.manifest_only:
            train_with_progress(config, folder)
            (folder / "resume.pt").unlink(missing_ok=True)
        manifest[name] = describe_run(RunFolder(folder), command)
    with replacing(CHECKPOINTS / "MANIFEST.json") as temporary:
        temporary.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def describe_run(run: RunFolder, command: str) -> dict[str, Any]:
    """Where a run came from, and for each kept epoch its file's hash, its losses and the quality of its samples."""
    ends = Journal(run.epoch_metrics, EpochEnd).rows()
    by_epoch = {end.epoch: end for end in ends}
    return {
        "command": command,
        "seed": run.config.seed,
        "training_seconds": round(ends[-1].seconds),
        "machine": machine(),
        "epochs": {str(epoch): _epoch(run, epoch, by_epoch[epoch]) for epoch in run.epochs},
    }


def _epoch(run: RunFolder, epoch: int, end: EpochEnd) -> dict[str, Any]:
    path = run.checkpoint(epoch)
    report = to_dict(evaluate_run(run, epoch, QUALITY_SAMPLES))
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "step": end.step,
        "held_out_loss": end.val_loss,
        "held_out_loss_ema": end.val_loss_ema,
        "quality": report,
    }


def machine() -> str:
    """The machine this runs on, in words."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    capability = torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()} ({capability}), {os.cpu_count()} cores, {gpu}, torch {torch.__version__}"


if __name__ == "__main__":
    sys.exit(main())
