"""The exponential moving average of the weights, which samples better than the weights themselves."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


def averaged(model: nn.Module, decay: float) -> AveragedModel:
    """A copy of the model whose `update_parameters(model)` follows it with the given decay.

    Source: 2006.11239 appendix B. Early on the decay is (1 + n) / (10 + n), so that the random start is soon forgotten.
    """

    def follow(averages: Sequence[Tensor], currents: Sequence[Tensor], num_averaged: Tensor | int) -> None:
        n = int(num_averaged)
        torch._foreach_lerp_(list(averages), list(currents), 1 - min(decay, (1 + n) / (10 + n)))

    average = AveragedModel(model, multi_avg_fn=follow)
    average.eval()
    return average
