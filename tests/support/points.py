"""A run on points that trains in a second, for the tests that need one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import torch

from ddpm_core.config import DataConfig, MLPConfig
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.presets import PRESETS
from ddpm_core.training.trainer import train
from jobs.store.store import Store

TINY_POINTS = replace(
    PRESETS["points"],
    data=DataConfig("eight_gaussians", num_pictures=400, num_validation=40),
    mlp=MLPConfig(width=32, depth=1),
    num_epochs=3,
    keep_epochs=(0, 1),
    device="cpu",
    num_threads=1,
)


def train_points(folder: Path) -> RunFolder:
    before = torch.get_num_threads()
    list(train(TINY_POINTS, folder))
    torch.set_num_threads(before)
    return RunFolder(folder)


def adopted(root: Path, run: RunFolder) -> str:
    """A copy of a run on points in this store; returns its id."""
    shutil.copytree(run.path, root / "tiny-points")
    return Store(root).adopt(root / "tiny-points", "Tiny points")
