"""Train the shipped runs and write checkpoints/MANIFEST.json: python -m scripts.make_checkpoints [--manifest-only].

A run that is there is not trained again, an interrupted one goes on where it stopped; remove its folder to begin anew.
What the manifest says of unchanged checkpoints stays; remove it to measure them again.
Afterwards: python -m scripts.make_frames.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from ddpm_core.atomic import replacing
from ddpm_core.config import KINDS_THAT_SAMPLE, SampleConfig, to_dict
from ddpm_core.quality.evaluate import evaluate_run
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd
from ddpm_core.runs.folder import RunFolder

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"
MANIFEST = CHECKPOINTS / "MANIFEST.json"
_TWIN = "sprites-quick --unet.base-channels 16 --keep-epochs 2 12"
SHIPPED = {
    "sprites": "sprites",
    "mnist": "mnist",
    "mnist_one_step": "cs180-one-step --unet.base-channels 32 --unet.channel-mults 1 2 --unet.patch-size 2 "
    "--unet.num-groups 8 --keep-epochs 1 5",
    "sprites_eps": f"{_TWIN} --prediction-type eps",
    "sprites_x0": f"{_TWIN} --prediction-type x0",
    "sprites_v": f"{_TWIN} --prediction-type v",
    "points": "points --width 64 --keep-epochs 0 1 9 64",
}
"""Run folder -> what is trained: the preset and the settings that differ from it."""
QUALITY_SAMPLES = 1000
GUIDANCE = {"mnist": 1.5}
"""guidance_scale of the samples that are measured, where it is not 1."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest-only", action="store_true", help="describe the runs that are there")
    args = parser.parse_args()
    before = json.loads(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.exists() else {}
    manifest = {}
    for name, settings in SHIPPED.items():
        folder = CHECKPOINTS / name
        # One thread, so that any machine makes the same weights.
        arguments = f"-m ddpm_core train {settings} --num-threads 1 --out checkpoints/{name}"
        if not args.manifest_only and not is_finished(folder):
            subprocess.run([sys.executable, *arguments.split()], cwd=CHECKPOINTS.parent, check=True)
            (folder / "resume.pt").unlink(missing_ok=True)
        run = RunFolder(folder)
        known = {epoch: about["sha256"] for epoch, about in before.get(name, {}).get("epochs", {}).items()}
        described = (
            before[name]
            if known == hashes(run)
            else describe_run(run, SampleConfig(guidance_scale=GUIDANCE.get(name, 1.0)))
        )
        manifest[name] = {"command": f"python {arguments}", **{k: v for k, v in described.items() if k != "command"}}
    with replacing(MANIFEST) as temporary:
        temporary.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def is_finished(folder: Path) -> bool:
    """Whether the run is there with its last epoch."""
    return folder.exists() and RunFolder(folder).config.num_epochs in RunFolder(folder).epochs


def hashes(run: RunFolder) -> dict[str, str]:
    """SHA-256 of each kept epoch's file."""
    return {str(epoch): hashlib.sha256(run.checkpoint(epoch).read_bytes()).hexdigest() for epoch in run.epochs}


def describe_run(run: RunFolder, sampling: SampleConfig) -> dict[str, Any]:
    """How a run was made, and for each kept epoch its file's hash, its losses and the quality of its samples."""
    ends = CsvLog(run.epoch_metrics, EpochEnd).rows()
    by_epoch = {end.epoch: end for end in ends}
    return {
        "seed": run.config.seed,
        "training_seconds": round(ends[-1].seconds),
        "machine": machine(),
        "epochs": {str(epoch): _epoch(run, epoch, by_epoch[epoch], sampling) for epoch in run.epochs},
    }


def _epoch(run: RunFolder, epoch: int, end: EpochEnd, sampling: SampleConfig) -> dict[str, Any]:
    path = run.checkpoint(epoch)
    samples = run.config.kind in KINDS_THAT_SAMPLE  # else its held-out loss is its quality
    return {
        "file": path.name,
        "sha256": hashes(run)[str(epoch)],
        "bytes": path.stat().st_size,
        "step": end.step,
        "held_out_loss": end.val_loss,
        "held_out_loss_ema": end.val_loss_ema,
        "quality": to_dict(evaluate_run(run, epoch, QUALITY_SAMPLES, sampling)) if samples else None,
    }


def machine() -> str:
    """The machine this runs on, in words."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    capability = torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()} ({capability}), {os.cpu_count()} cores, {gpu}, torch {torch.__version__}"


if __name__ == "__main__":
    main()
