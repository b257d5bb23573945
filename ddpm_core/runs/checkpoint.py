"""Weights on disk: float16 EMA weights in safetensors, with a header that says how they came to be."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.numpy import load_file, save_file
from torch import nn

from ddpm_core.atomic import replacing
from ddpm_core.config import TrainConfig
from ddpm_core.data import DataInfo
from ddpm_core.errors import Message, require
from ddpm_core.hardware import keep_freed_memory
from ddpm_core.network.base import Network
from ddpm_core.network.mlp import MLP
from ddpm_core.network.unet import UNet
from ddpm_core.runs.folder import CheckpointHeader, describe, read_header, weights_hash


def build_model(config: TrainConfig, data_info: DataInfo) -> Network:
    """The untrained network of a run: a U-Net for pictures, an MLP for points.

    Raises ValueError for an MLP on pictures, or points without one.
    """
    allowed = Message("allowed.an_mlp" if data_info.is_points else "allowed.no_mlp", name=data_info.name)
    require((config.kind == "points") == data_info.is_points, "mlp", config.mlp, allowed)
    num_classes = len(data_info.class_names) if config.class_conditional else 0
    if config.mlp:
        return MLP(config.mlp, data_info.channels, num_classes)
    return UNet(config.unet, data_info.channels, num_classes)


def save_checkpoint(
    path: Path, model: nn.Module, epoch: int, step: int, config: TrainConfig, data_info: DataInfo
) -> None:
    """Write a checkpoint, whole or not at all. Weights are stored in float16: half the size, pictures alike."""
    weights = {name: value.detach().half().cpu().contiguous().numpy() for name, value in model.state_dict().items()}
    header = describe(config, data_info) | {"epoch": epoch, "step": step, "sha256": weights_hash(weights)}
    with replacing(path) as temporary:
        save_file(weights, temporary, metadata={"ddpm_lab": json.dumps(header)})


def load_model(path: Path, device: str = "cpu") -> tuple[Network, CheckpointHeader]:
    """The network of a checkpoint, in eval mode and float32, and its header.

    Raises ValueError when the file is damaged, foreign, of another format version, or its weights do not fit.
    """
    header = read_header(path)
    weights = load_file(path)
    if weights_hash(weights) != header.sha256:
        raise ValueError(Message("checkpoint.other_weights", path=path))
    model = build_model(header.config, header.data_info)
    try:
        model.load_state_dict({name: torch.from_numpy(value).float() for name, value in weights.items()})
    except RuntimeError as error:
        raise ValueError(Message("checkpoint.does_not_fit", path=path, reason=error)) from error
    # What convolutions and memory like: sampling takes a fifth less time for each of the two (docs/benchmarks.md).
    keep_freed_memory()
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model.eval(), header
