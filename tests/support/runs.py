"""Runs for jobs and pages: small ones to train in seconds, and folders as training would leave them."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from ddpm_core.config import DataConfig, ScheduleConfig, TrainConfig, UNetConfig
from ddpm_core.data import DataInfo
from ddpm_core.data.sprites import CLASS_NAMES
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder, describe, weights_hash
from ddpm_core.runs.presets import PRESETS
from jobs.store.store import Store

TINY = TrainConfig(
    data=DataConfig(num_pictures=48, num_validation=8),
    unet=UNetConfig(base_channels=8, channel_mults=(1, 2)),
    schedule=ScheduleConfig(num_timesteps=50),
    num_epochs=2,
    batch_size=16,
    num_threads=1,
)
ENDLESS = replace(TINY, num_epochs=9_000, keep_epochs=(0,))
QUICK = PRESETS["sprites_quick"]
STEPS_PER_EPOCH = 500
SPRITES = DataInfo("sprites", 16, 16, 3, CLASS_NAMES)


def made_up_run(path: Path, config: TrainConfig, loss: float = 1.0) -> RunFolder:
    """The folder of a run of two epochs: falling losses, grey pictures, and tiny weights that no network has."""
    run = RunFolder.create(path, config, SPRITES)
    (path / "samples").mkdir()
    for epoch in (0, 1, 2):
        step, weights = STEPS_PER_EPOCH * epoch, {"w": np.full((3, 4), epoch, np.float16)}
        header = describe(config, SPRITES) | {"epoch": epoch, "step": step, "sha256": weights_hash(weights)}
        save_file(weights, run.checkpoint(epoch), metadata={"ddpm_lab": json.dumps(header)})
        Image.fromarray(np.full((16, 256, 3), epoch, np.uint8)).save(run.samples(epoch))
        Image.fromarray(np.full((48, 128, 3), epoch, np.uint8)).save(run.denoise(epoch))
        end = EpochEnd(epoch, step, val_loss=loss, val_loss_ema=loss / (1 + epoch), seconds=step / 10)
        CsvLog(run.epoch_metrics, EpochEnd).append(end)
    run.metrics.write_bytes(metrics(loss))
    return run


@cache
def metrics(loss: float) -> bytes:
    """A metrics.csv of two epochs, made once: its thousand lines are written one by one."""
    with tempfile.TemporaryDirectory() as folder:
        log = CsvLog(Path(folder) / "metrics.csv", TrainStep)
        for step in range(1, 2 * STEPS_PER_EPOCH + 1):
            epoch = 1 + (step - 1) // STEPS_PER_EPOCH
            log.append(TrainStep(step, epoch, loss / step, 1e-3, 1.0, step / 10))
        return log.path.read_bytes()


def claimed(config: TrainConfig = QUICK) -> str:
    """A run in the state in which a worker finds it; returns its id."""
    run_id = Store().enqueue(config)
    Store().claim()
    return run_id
