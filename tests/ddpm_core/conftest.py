"""A tiny data set and a run on it that trains in a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ddpm_core.config import DataConfig, ScheduleConfig, TrainConfig, UNetConfig
from ddpm_core.data import DataInfo, Dataset
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.training.trainer import train

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


@pytest.fixture
def toy_data(monkeypatch: pytest.MonkeyPatch) -> None:
    # The test's own monkeypatch, so that what a test patches on top is undone in the right order.
    put_toys_into_trainer(monkeypatch)


@pytest.fixture
def tiny_run() -> Callable[..., TrainConfig]:
    """tiny_run(num_epochs=2, ...): TINY_RUN with changes."""
    return lambda **changes: replace(TINY_RUN, **changes)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[TrainStep | EpochEnd], Path]:
    """TINY_RUN without interruption: what happened, and its folder (not to be written to)."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        put_toys_into_trainer(patch)
        return list(train(TINY_RUN, folder)), folder


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tensors here are so small that threads would only wait for each other (a hundredfold on a busy machine)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
