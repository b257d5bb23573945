"""Independent references in float64: each is written anew from its paper and calls nothing of ddpm_core's maths."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ddpm_core.prediction import Prediction

Array = NDArray[np.float64]


def betas(kind: str, num_timesteps: int, **p: float) -> list[float]:
    """beta_1..beta_T, one at a time in plain floats."""
    num = num_timesteps
    first, last = p.get("beta_1", 1e-4), p.get("beta_T", 0.02)
    place = [k / (num - 1) if num > 1 else 0.0 for k in range(num)]
    if kind == "linear":
        return [first + (last - first) * u for u in place]
    if kind == "quadratic":
        return [(math.sqrt(first) + (math.sqrt(last) - math.sqrt(first)) * u) ** 2 for u in place]
    if kind == "cosine":
        s = p.get("cosine_s", 0.008)
        curve = [math.cos((t / num + s) / (1 + s) * math.pi / 2) ** 2 for t in range(num + 1)]
    else:  # sigmoid(x) = (1 + tanh(x / 2)) / 2
        start, end, tau = p.get("sigmoid_start", -3.0), p.get("sigmoid_end", 3.0), p.get("sigmoid_tau", 1.0)
        height = [math.tanh((start + (end - start) * t / num) / tau / 2) for t in range(num + 1)]
        curve = [(height[-1] - h) / (height[-1] - height[0]) for h in height]
    return [min(1 - after / before, 0.999) for before, after in pairwise(curve)]


def alphas_cumprod(kind: str, num_timesteps: int, **p: float) -> Array:
    """T + 1 entries, through a sum of logarithms instead of a product."""
    logs = [math.log1p(-beta) for beta in betas(kind, num_timesteps, **p)]
    return np.exp(np.cumsum([0.0, *logs]))


class GaussianDenoiser:
    """The perfect Predict for data N(mean, std^2), pixel by pixel."""

    def __init__(self, ac: Array, mean: float, std: float) -> None:
        self.ac, self.mean, self.std = ac, mean, std

    def __call__(self, xt: Tensor, t: int) -> Prediction:
        a, b = math.sqrt(self.ac[t]), math.sqrt(1 - self.ac[t])
        gain = a * self.std**2 / (a**2 * self.std**2 + b**2)
        x0_hat = self.mean + gain * (xt - a * self.mean)
        return Prediction(x0_hat, (xt - a * x0_hat) / b)

    def flow(self, xt: Tensor, t: int, t_end: int = 0) -> Tensor:
        """Where the probability-flow ODE takes x_t: every quantile stays that quantile."""
        spread, centre = (
            [math.sqrt(self.ac[s] * self.std**2 + 1 - self.ac[s]) for s in (t_end, t)],
            [math.sqrt(self.ac[s]) * self.mean for s in (t_end, t)],
        )
        return centre[0] + spread[0] / spread[1] * (xt - centre[1])


class MixtureDenoiser:
    """The perfect Predict for data from a mixture of normals N(means_k, std^2) with weights_k, pixel by pixel."""

    def __init__(self, ac: Array, weights: list[float], means: list[float], std: float) -> None:
        self.ac, self.std = ac, std
        self.weights, self.means = (torch.tensor(v, dtype=torch.float64) for v in (weights, means))

    def __call__(self, xt: Tensor, t: int) -> Prediction:
        a, b = math.sqrt(self.ac[t]), math.sqrt(1 - self.ac[t])
        spread = a**2 * self.std**2 + b**2
        away = xt[..., None] - a * self.means
        chance = torch.softmax(self.weights.log() - away**2 / (2 * spread), dim=-1)
        x0_hat = (chance * (self.means + a * self.std**2 / spread * away)).sum(-1)
        return Prediction(x0_hat, (xt - a * x0_hat) / b)


def no_noise() -> Tensor:
    raise AssertionError("this sampler must not draw noise here")
