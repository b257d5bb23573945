"""AdamW and the learning rate over a run."""

from __future__ import annotations

import math

import torch
from torch import nn

from ddpm_core.config import TrainConfig


def make_optimizer(config: TrainConfig, *weights: nn.Parameter) -> torch.optim.AdamW:
    """AdamW (1711.05101) in its fused form, one kernel for all weights."""
    return torch.optim.AdamW(weights, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)


def learning_rate(config: TrainConfig, step: int, progress: float) -> float:
    """The learning rate of a step (from 1) at a progress of 0..1 through the run: warm-up, then the schedule's fall."""
    final = config.lr_final_factor
    factor = {
        "constant": 1.0,
        "linear": 1 - (1 - final) * progress,
        "cosine": final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2,
        "exponential": final**progress,
    }[config.lr_schedule]
    warmup = min(1.0, step / config.lr_warmup_steps) if config.lr_warmup_steps else 1.0
    return float(config.learning_rate * factor * warmup)
