"""What the trainer, the samplers and the exports know of a network, whichever it is."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ddpm_core.errors import require
from ddpm_core.network.embedding import ConditionEmbedding


class Network(nn.Module):
    """xt (N, C, H, W), t (N,) and label (N,) in; eps, x0 or v out, with the shape of xt."""

    in_channels: int
    num_classes: int
    """Labels are 0 to num_classes - 1, and num_classes for none; 0: it knows no classes."""
    condition: ConditionEmbedding | None
    """None for a network that sees neither t nor class."""

    def check_conditions(self, num: int, t: Tensor | None, label: Tensor | None) -> None:
        """Raise ValueError for a t or a label that does not fit `num` pictures or this network."""
        if self.condition is None:
            require(t is None and label is None, "t or label", "given", "None for a network that sees neither")
            return
        if t is None:
            raise ValueError(f"t is None; allowed: ({num},), one per picture.")
        _check_numbers("t", t, num, low=1)
        if label is not None:
            require(self.num_classes > 0, "label", "given", "None for a network without classes")
            _check_numbers("label", label, num, low=0, high=self.num_classes)


def _check_numbers(name: str, numbers: Tensor, num: int, *, low: int, high: int | None = None) -> None:
    require(numbers.shape == (num,), f"the shape of {name}", tuple(numbers.shape), f"({num},), one per picture")
    require(not numbers.dtype.is_floating_point, f"the dtype of {name}", numbers.dtype, "integers")
    # A GPU would have to wait for the range, and a graph that is being traced has none yet.
    if numbers.device.type != "cpu" or torch.compiler.is_compiling() or not num:
        return
    least, most = int(numbers.min()), int(numbers.max())
    fits = low <= least and (high is None or most <= high)
    require(fits, name, (least, most), f"at least {low}" if high is None else f"{low} to {high}")
