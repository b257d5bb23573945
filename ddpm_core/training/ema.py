"""The exponential moving average of the weights, which samples better than the weights themselves."""

from __future__ import annotations

from copy import deepcopy

from ddpm_core.network.base import Network
from ddpm_core.training.flat_parameters import FlatParameters


class EMA:
    """A copy of a model that follows it with the given decay.

    Source: 2006.11239 appendix B. Early on the decay is (1 + n) / (10 + n), so that the random start is soon forgotten.
    torch's AveragedModel would make a GPU report n at every step, and be waited for.
    """

    def __init__(self, model: Network, decay: float) -> None:
        self.module = deepcopy(model).requires_grad_(False).eval()
        self._vector = FlatParameters(self.module).vector.detach()
        self.decay = decay
        self.num_updates = 0

    def update(self, parameters: FlatParameters) -> None:
        """Follow the model, whose parameters these are, one step; the first is a copy."""
        n = self.num_updates
        weight = 1 - min(self.decay, (1 + n) / (10 + n)) if n else 1.0
        self._vector.lerp_(parameters.vector.detach(), weight)
        self.num_updates += 1
