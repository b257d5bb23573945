"""Losses summed by t while a run trains: what becomes of a step's losses is decided on the device, without waiting."""

from __future__ import annotations

import torch
from torch import Tensor

from ddpm_core.runs.events import NUM_T_BINS, LossByT
from ddpm_core.runs.loss_by_t import t_bins


class LossWindow:
    """Sums and numbers of losses in each part of 1..T since the last row."""

    def __init__(self, num_timesteps: int, device: torch.device) -> None:
        self._num_timesteps = num_timesteps
        self.sums = torch.zeros(2, NUM_T_BINS, dtype=torch.float64, device=device)
        """Losses, and how many."""

    def add(self, t: Tensor, losses: Tensor) -> None:
        """t, losses: (N,)."""
        both = torch.stack([losses.double(), torch.ones_like(losses, dtype=torch.float64)])
        self.sums.index_add_(1, t_bins(t, self._num_timesteps), both)

    def close(self, step: int) -> LossByT:
        """The row of all that was added, up to a step; the next window is empty."""
        means = (self.sums[0] / self.sums[1]).tolist()
        self.sums.zero_()
        return LossByT(step, tuple(means))
