"""What the network is told beside the picture: the timestep and the class."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def sinusoidal(t: Tensor, dim: int) -> Tensor:
    """Sinusoidal embedding of positions, (N,) -> (N, dim): cosines first, then sines.

    Source: 1706.03762 section 3.5 by way of 2006.11239 appendix B; frequencies 10000^(-i / (dim/2)).
    """
    half = dim // 2
    frequencies = torch.exp(-math.log(10_000) / half * torch.arange(half, device=t.device, dtype=torch.float32))
    angles = t.float()[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=1)


class ConditionEmbedding(nn.Module):
    """t and label as one vector of 4c channels; label num_classes is the null label."""

    def __init__(self, base_channels: int, num_classes: int) -> None:
        super().__init__()
        self.base_channels = base_channels
        width = 4 * base_channels
        self.mlp = nn.Sequential(nn.Linear(base_channels, width), nn.SiLU(), nn.Linear(width, width))
        self.label = nn.Embedding(num_classes + 1, width) if num_classes else None

    def forward(self, t: Tensor, label: Tensor | None) -> Tensor:
        # The paper's t in 1..T is embedded as the index 0..T-1 that other libraries feed their networks.
        emb: Tensor = self.mlp(sinusoidal(t - 1, self.base_channels))
        if self.label is not None:
            if label is None:
                label = torch.full_like(t, self.label.num_embeddings - 1)
            emb = emb + self.label(label)
        return emb
