"""The network for points: residual layers on the coordinates and their sines, told t and the class at each."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddpm_core.config import MLPConfig
from ddpm_core.errors import require
from ddpm_core.network.base import Network
from ddpm_core.network.embedding import ConditionEmbedding

NUM_OCTAVES = 4
"""Sines and cosines of pi x, 2 pi x, 4 pi x, 8 pi x: without them fine structure is learnt late (2006.10739)."""


class Block(nn.Module):
    """norm - SiLU - linear twice, the condition added between, plus the input: a ResBlock without neighbours."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.linear1 = nn.LayerNorm(width), nn.Linear(width, width)
        self.emb = nn.Linear(width, width)
        self.norm2, self.linear2 = nn.LayerNorm(width), nn.Linear(width, width)

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        h = self.linear1(F.silu(self.norm1(x))) + self.emb(F.silu(emb))
        out: Tensor = x + self.linear2(F.silu(self.norm2(h)))
        return out


class MLP(Network):
    """A noisy point, its t and its class in; eps, x0 or v out. A point is a picture of one pixel, (N, C, 1, 1)."""

    condition: ConditionEmbedding

    def __init__(self, config: MLPConfig, in_channels: int = 2, num_classes: int = 0) -> None:
        super().__init__()
        self.config, self.in_channels, self.num_classes = config, in_channels, num_classes
        self.condition = ConditionEmbedding(config.width // 4, num_classes)
        self.stem = nn.Linear(in_channels * (1 + 2 * NUM_OCTAVES), config.width)
        self.blocks = nn.ModuleList([Block(config.width) for _ in range(config.depth)])
        self.norm, self.head = nn.LayerNorm(config.width), nn.Linear(config.width, in_channels)

    def forward(self, xt: Tensor, t: Tensor | None = None, label: Tensor | None = None) -> Tensor:
        """Predict from xt (N, C, 1, 1), t (N,) in 1..T, label (N,) in 0..num_classes (the null label, as is None).

        Raises ValueError for other shapes, or a t or label out of range.
        """
        wanted = (xt.shape[0], self.in_channels, 1, 1)
        require(tuple(xt.shape) == wanted, "the shape of xt", tuple(xt.shape), f"(N, {self.in_channels}, 1, 1)")
        self.check_conditions(xt.shape[0], t, label)
        emb = self.condition(t, label)
        x = xt.flatten(1)
        waves = torch.cat([x * (math.pi * 2**k) for k in range(NUM_OCTAVES)], dim=1)
        h = self.stem(torch.cat([x, waves.sin(), waves.cos()], dim=1))
        for block in self.blocks:
            h = block(h, emb)
        out: Tensor = self.head(F.silu(self.norm(h)))
        return out[:, :, None, None]
