"""Reproducible noise: one generator per picture, so that picture 7 of seed 3 is the same whatever the batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


class PictureNoise:
    """Standard normal noise for pictures first..first + num - 1 of a seed, drawn one step after another."""

    def __init__(self, seed: int, num: int, *, first: int = 0) -> None:
        self._generators = [_generator(seed, first + k) for k in range(num)]

    def draw(self, shape: Sequence[int]) -> Tensor:
        """The next noise of every picture, (num, *shape), float32 on the CPU."""
        return torch.stack([torch.randn(tuple(shape), generator=generator) for generator in self._generators])


def _generator(seed: int, picture: int) -> torch.Generator:
    # SeedSequence mixes both numbers, so that seed 0 picture 1 is unrelated to seed 1 picture 0.
    mixed = int(np.random.SeedSequence([seed, picture]).generate_state(1, np.uint64)[0])
    return torch.Generator().manual_seed(mixed & (2**63 - 1))
