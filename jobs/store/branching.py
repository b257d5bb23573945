"""A branch: a new run that begins with the weights of another's checkpoint."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from ddpm_core.atomic import replacing
from ddpm_core.config import TrainConfig
from ddpm_core.data import DataInfo, load_dataset
from ddpm_core.errors import Message
from ddpm_core.runs.folder import CheckpointHeader, RunFolder

START = "start.safetensors"
"""Where the trainer looks for them: `RunFolder.start`."""


def make_folder(source: RunFolder, epoch: int, config: TrainConfig, folder: Path) -> None:
    """Make `folder` with the weights to begin from. Raises ValueError where they do not fit what is to be trained."""
    _check_fit(source.header(epoch), config, f"{source.path.name}@{epoch}")
    folder.mkdir()
    try:
        with replacing(folder / START) as temporary:
            shutil.copyfile(source.checkpoint(epoch), temporary)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _check_fit(header: CheckpointHeader, config: TrainConfig, where: str) -> None:
    old = header.config
    for name in ("unet", "mlp", "class_conditional", "denoiser_sigma"):
        got, had = getattr(config, name), getattr(old, name)
        if got != had:
            raise ValueError(Message("branch.network_differs", name=name, got=got, where=where, had=had))
    had, got = header.data_info, _data_info(config, header)
    if _shape(got, config) != _shape(had, config):
        raise ValueError(
            Message(
                "branch.data_differ", got=got.name, got_channels=got.channels, got_classes=len(got.class_names),
                where=where, had=had.name, had_channels=had.channels, had_classes=len(had.class_names),
            )
        )  # fmt: skip


def _data_info(config: TrainConfig, header: CheckpointHeader) -> DataInfo:
    if config.data.name == header.data_info.name:
        return header.data_info
    return load_dataset(replace(config.data, num_pictures=1), "train").info


def _shape(info: DataInfo, config: TrainConfig) -> tuple[object, ...]:
    return info.channels, info.is_points, len(info.class_names) if config.class_conditional else 0
