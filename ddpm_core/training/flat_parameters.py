"""A network's parameters as one vector: a pass over all of them is then one long loop, not a hundred short ones."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

ALIGNMENT = 16
"""Each parameter begins at a multiple of so many numbers, 64 bytes of float32, as vector instructions like it."""


class FlatParameters:
    """The parameters of a model, in one vector of which they become views: what changes it changes them.

    Between them, up to the next multiple of ALIGNMENT, the vector is 0.
    """

    def __init__(self, model: nn.Module) -> None:
        self.parameters = dict(model.named_parameters())
        starts, total = [], 0
        for parameter in self.parameters.values():
            starts.append(total)
            total += -(-parameter.numel() // ALIGNMENT) * ALIGNMENT
        self._starts = starts
        self.vector = nn.Parameter(torch.zeros(total, device=next(model.parameters()).device))
        self._gradient = torch.zeros_like(self.vector, requires_grad=False)
        self._gradient_parts = list(self.split(self._gradient).values())
        for name, part in self.split(self.vector.detach()).items():
            self.parameters[name].data = part.copy_(self.parameters[name].detach())

    def collect_gradients(self) -> Tensor:
        """Put the parameters' gradients together as the vector's, and return it."""
        gradients = [parameter.grad for parameter in self.parameters.values()]
        torch._foreach_copy_(self._gradient_parts, gradients)  # type: ignore[arg-type]  # every parameter has one
        self.vector.grad = self._gradient
        return self._gradient

    def forget_gradients(self) -> None:
        for parameter in self.parameters.values():
            parameter.grad = None

    def split(self, vector: Tensor) -> dict[str, Tensor]:
        """Views of a vector laid out as this one, by the parameters' names and with their shapes and strides."""
        named = zip(self.parameters.items(), self._starts, strict=True)
        return {name: vector.as_strided(p.shape, p.stride(), start) for (name, p), start in named}

    def join(self, parts: Mapping[str, Tensor]) -> Tensor:
        """The vector of which `split` makes these parts, whatever their strides."""
        vector = torch.zeros_like(self.vector, requires_grad=False)
        for name, part in self.split(vector).items():
            part.copy_(parts[name])
        return vector
