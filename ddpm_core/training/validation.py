"""The loss on held-out pictures, always at the same t and eps, so that one epoch compares with the next."""

from __future__ import annotations

import torch
from torch import Tensor

from ddpm_core.config import KINDS_WITH_T
from ddpm_core.denoise import spread_t
from ddpm_core.network.base import Network
from ddpm_core.noise import PictureNoise
from ddpm_core.training.objective import Objective

BATCH = 512
"""Ten thousand held-out pictures at once would not fit into a laptop's memory."""


class Validation:
    """Held-out pictures x0 (N, C, H, W) with their labels (None: not shown to the network), and what noises them."""

    def __init__(self, objective: Objective, x0: Tensor, labels: Tensor | None, seed: int) -> None:
        self.objective, self.x0, self.labels = objective, x0, labels
        self._eps = PictureNoise(seed, len(x0)).draw(x0.shape[1:]).to(x0.device)
        sees_t = objective.config.kind in KINDS_WITH_T
        self._t = spread_t(objective.schedule, len(x0)).to(x0.device) if sees_t else None

    @torch.inference_mode()
    def loss(self, model: Network) -> float:
        """Mean over the pictures."""
        training = model.training
        model.eval()
        total = 0.0
        for i in range(0, len(self.x0), BATCH):
            part = slice(i, i + BATCH)
            labels, t = (each if each is None else each[part] for each in (self.labels, self._t))
            total += float(self.objective.per_picture(model, self.x0[part], labels, t, self._eps[part]).sum())
        model.train(training)
        return total / len(self.x0)
