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


@torch.inference_mode()
def standardised(network: Callable[[Tensor], Tensor], reference: Tensor, *sets: Tensor) -> list[Tensor]:
    """The network's features of each set of pictures; over the reference every feature has mean 0 and deviation 1.

    Pictures (N, C, H, W) in [-1, 1] -> (N, D), float64.
    """
    raw = [torch.cat([network(chunk) for chunk in torch.split(x, 500)]).double() for x in (reference, *sets)]
    mean, std = raw[0].mean(0), raw[0].std(0)
    # A feature that hardly varies would be blown up to outweigh all others.
    std = std.clamp(min=0.1 * float(std.mean()))
    return [(features - mean) / std for features in raw[1:]]
