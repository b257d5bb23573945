"""One step of denoising: a picture noised to a given t, and the clean picture that a network takes it for."""

from __future__ import annotations

import torch
from torch import Tensor

from ddpm_core.config import TrainConfig
from ddpm_core.network.base import Network
from ddpm_core.prediction import read_prediction
from ddpm_core.schedule import NoiseSchedule, q_sample


def noised(config: TrainConfig, schedule: NoiseSchedule, x0: Tensor, t: Tensor | None, eps: Tensor) -> Tensor:
    """x_t; for a one-step denoiser (t None) x0 + sigma eps on the [0, 1] pixel scale, that is 2 sigma on [-1, 1]."""
    if t is None:
        return x0 + 2 * config.denoiser_sigma * eps
    return q_sample(schedule, x0, t, eps)


@torch.inference_mode()
def denoise_once(
    config: TrainConfig, schedule: NoiseSchedule, model: Network, xt: Tensor, t: Tensor | None, labels: Tensor | None
) -> Tensor:
    """x0_hat in [-1, 1], in one step from x_t.

    xt: (N, C, H, W); t: (N,), None for a one-step denoiser; labels: (N,), or None for no class.
    """
    output: Tensor = model(xt, t, labels)
    if t is None:
        return output.clamp(-1, 1)
    return read_prediction(schedule, config.prediction_type, output, xt, t, clip=True).x0_hat


def spread_t(schedule: NoiseSchedule, num: int) -> Tensor:
    """num timesteps spread evenly over 1..T, the middle of each of num equal parts."""
    big_t = schedule.num_timesteps
    return ((torch.arange(num) + 0.5) * big_t / num).floor().long().clamp(max=big_t - 1) + 1
