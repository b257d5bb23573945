"""Which device and precision a run gets."""

from __future__ import annotations

import os

import torch

from ddpm_core.config import TrainConfig


def pick_device(config: TrainConfig) -> torch.device:
    """The GPU if there is one, else the CPU. Raises ValueError for a GPU that was asked for and is not there."""
    there = torch.cuda.is_available()
    if config.device == "cuda" and not there:
        raise ValueError(
            "device is 'cuda', but torch sees no GPU here; allowed: 'cpu', or 'auto' to take what is there."
        )
    return torch.device("cuda" if there and config.device != "cpu" else "cpu")


def pick_bfloat16(config: TrainConfig, device: torch.device) -> bool:
    """Whether to compute in bfloat16: where the hardware multiplies it, elsewhere it would be slower than float32."""
    if config.precision != "auto":
        return config.precision == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported())


def pick_threads(config: TrainConfig) -> int:
    return config.num_threads or os.cpu_count() or 1
