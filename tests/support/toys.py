"""Pictures of 8x8 pixels, networks of few weights, and runs on them that train in a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ddpm_core.config import DataConfig, ScheduleConfig, TrainConfig, UNetConfig
from ddpm_core.data import DataInfo, Dataset
from ddpm_core.network.base import Network
from ddpm_core.runs.checkpoint import build_model, save_checkpoint
from ddpm_core.runs.folder import RunFolder

TINY_UNET = UNetConfig(base_channels=8, channel_mults=(1, 2), num_groups=4)
TINY_RUN = TrainConfig(
    data=DataConfig(num_pictures=40, num_validation=12),
    schedule=ScheduleConfig(kind="cosine", num_timesteps=40),
    unet=TINY_UNET,
    num_epochs=3,
    batch_size=16,
    lr_warmup_steps=2,
    keep_epochs=(0, 1),
    precision="float32",
    device="cpu",
    num_threads=1,
)
TOY_INFO = DataInfo("toy", 8, 8, 1, ("left", "right"))


def normal(seed: int) -> Tensor:
    """Two pictures of noise, in float64."""
    return torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def toy_dataset(num: int, seed: int) -> Dataset:
    """8x8 grey pictures, bright on the left or on the right."""
    rng = np.random.default_rng(seed)
    labels = np.arange(num) % 2
    images = rng.integers(0, 40, (num, 8, 8, 1))
    for image, label in zip(images, labels, strict=True):
        image[:, 4 * label : 4 * label + 4] += 200
    return Dataset(images.astype(np.uint8), labels.astype(np.int64), TOY_INFO)


def put_toys_into_trainer(patch: pytest.MonkeyPatch) -> None:
    """The trainer finds the toy pictures whatever its config names, and takes few steps for its previews."""

    def load(config: DataConfig, split: str) -> Dataset:
        return toy_dataset(*((config.num_pictures, 1) if split == "train" else (config.num_validation, 2)))

    patch.setattr("ddpm_core.training.trainer.load_dataset", load)
    patch.setattr("ddpm_core.training.previews.PREVIEW_STEPS", 4)


def untrained_run(
    folder: Path, config: TrainConfig, info: DataInfo = TOY_INFO, *, epoch: int = 1, model: Network | None = None
) -> RunFolder:
    """A run folder with one checkpoint, of a network that has seen nothing."""
    run = RunFolder.create(folder, config, info)
    save_checkpoint(run.checkpoint(epoch), model or build_model(config, info), epoch, 3 * epoch, config, info)
    return run
