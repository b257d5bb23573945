"""From pictures to the feature vectors in which sets of pictures are compared."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

SEED = 0


class RandomFeatures(nn.Module):
    """Convolutions with fixed random weights: features that no training set has shaped (2002.09797 section 4).

    Pictures (N, C, H, W) in [-1, 1] -> (N, 128): 32 channels in each quarter of the picture.
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        widths = ((in_channels, 32, 1), (32, 64, 2), (64, 32, 2))
        self.convs = nn.ModuleList([nn.Conv2d(a, b, 3, stride=stride, padding=1) for a, b, stride in widths])
        generator = torch.Generator().manual_seed(SEED)
        for conv in self.convs:
            nn.init.kaiming_normal_(conv.weight, generator=generator)  # type: ignore[arg-type]
            nn.init.zeros_(conv.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.convs:
            x = conv(x).relu()
        return nn.functional.adaptive_avg_pool2d(x, 2).flatten(1)


class Standardised:
    """A feature network whose every feature has mean 0 and deviation 1 over reference pictures."""

    def __init__(self, network: Callable[[Tensor], Tensor], reference: Tensor) -> None:
        self._network = network
        raw = self._raw(reference)
        self._mean, std = raw.mean(0), raw.std(0)
        # A feature that hardly varies would be blown up to outweigh all others.
        self._std = std.clamp(min=0.1 * float(std.mean()))

    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [-1, 1] -> (N, D), float64."""
        return (self._raw(pictures) - self._mean) / self._std

    @torch.inference_mode()
    def _raw(self, pictures: Tensor) -> Tensor:
        return torch.cat([self._network(chunk) for chunk in torch.split(pictures, 500)]).double()
