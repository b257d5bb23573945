"""One training step's question and answer: noise a batch, ask the network, measure the error."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from ddpm_core.config import KINDS_WITH_T, TrainConfig
from ddpm_core.denoise import noised
from ddpm_core.network.base import Network
from ddpm_core.prediction import clipped_output, min_snr_weights, per_picture_loss, training_target
from ddpm_core.schedule import NoiseSchedule


class BatchLoss(NamedTuple):
    """What a step descends on, and what it is the mean of."""

    mean: Tensor
    """Over the batch, weighted as the config says; a scalar."""
    per_picture: Tensor
    """(N,), unweighted."""
    t: Tensor | None
    """(N,), or None for a one-step denoiser."""


class Objective:
    """The training loss of a config, for a diffusion model or a one-step denoiser."""

    def __init__(self, config: TrainConfig, schedule: NoiseSchedule) -> None:
        self.config, self.schedule = config, schedule

    def loss(self, model: Network, x0: Tensor, labels: Tensor | None, generator: Generator) -> BatchLoss:
        """The loss of one batch: draw t and eps, jump to x_t, predict, compare (2006.11239 algorithm 1).

        x0: (N, C, H, W) in [-1, 1]; labels: (N,) or None. Labels are dropped with p_uncond (2207.12598 algorithm 1).
        """
        t = self._draw_t(len(x0), generator)
        eps = torch.randn(x0.shape, generator=generator, device=x0.device)
        if labels is not None and self.config.p_uncond:
            dropped = torch.rand(len(x0), generator=generator, device=x0.device) < self.config.p_uncond
            labels = torch.where(dropped, model.num_classes, labels)
        losses = self.per_picture(model, x0, labels, t, eps)
        if t is None or self.config.loss_weighting == "simple":
            return BatchLoss(losses.mean(), losses.detach(), t)
        weights = min_snr_weights(self.schedule, self.config.prediction_type, self.config.min_snr_gamma, t)
        return BatchLoss((weights * losses).mean(), losses.detach(), t)

    def _draw_t(self, num: int, generator: Generator) -> Tensor | None:
        """t uniform in 1..T, one per picture (or one per batch, for comparison); None for a one-step denoiser."""
        if self.config.kind not in KINDS_WITH_T:
            return None
        count = 1 if self.config.t_per_batch else num
        t = torch.randint(1, self.schedule.num_timesteps + 1, (count,), generator=generator, device=generator.device)
        return t.expand(num)

    def per_picture(self, model: Network, x0: Tensor, labels: Tensor | None, t: Tensor | None, eps: Tensor) -> Tensor:
        """Unweighted loss of each picture, (N,), at a given t and eps."""
        xt = noised(self.config, self.schedule, x0, t, eps)
        kind = self.config.prediction_type
        target = x0 if t is None else training_target(self.schedule, kind, x0, eps, t)
        output = model(xt, t, labels).float()
        if self.config.clipped_loss:
            output = clipped_output(kind, output, target, x0)
        return per_picture_loss(output, target)
