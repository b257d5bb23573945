"""Samplers run with perfect denoisers, known in closed form: what they do to the distribution, without any network."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ddpm_core.config import SampleConfig, ScheduleConfig
from ddpm_core.sampler import Predict, sample
from ddpm_core.schedule import NoiseSchedule
from tests.support import oracles

KINDS = ("linear", "cosine")
SAMPLERS: dict[str, dict[str, Any]] = {
    "ddpm fixed_small": {"sampler": "ddpm"},
    "ddpm fixed_large": {"sampler": "ddpm", "variance_type": "fixed_large"},
    "ddim eta 0": {"sampler": "ddim"},
    "ddim eta 0.5": {"sampler": "ddim", "eta": 0.5},
    "ddim eta 1": {"sampler": "ddim", "eta": 1.0},
    "dpmpp_2m": {"sampler": "dpmpp_2m"},
}
STOCHASTIC = ("ddpm fixed_small", "ddpm fixed_large", "ddim eta 1")
DETERMINISTIC = ("ddim eta 0", "dpmpp_2m")
MEAN, STD = 0.3, 0.4


def finished(
    predict: Predict, schedule: NoiseSchedule, n: int, xt: Tensor, draw: Any = oracles.no_noise, **how: Any
) -> Tensor:
    config = SampleConfig(num_sampling_steps=n, **how)
    return [*sample(predict, schedule, config, xt, draw)][-1].x0_hat


def moments(kind: str, n: int, mean: float = MEAN, std: float = STD, **how: Any) -> tuple[float, float]:
    """Mean and standard deviation of what a sampler makes of N(0, 1), exactly and without sampling.

    With a Gaussian denoiser a walk is affine in x_T and in every draw. So pixel 0 gets zeros, pixel 1 a one as x_T,
    and pixel k + 2 a one as draw k: their differences from pixel 0 are the coefficients.
    """
    schedule, predict = NoiseSchedule(ScheduleConfig(kind=kind)), denoiser(kind, mean, std)
    xt = torch.zeros(1, 1, 1, n + 2, dtype=torch.float64)
    xt[..., 1] = 1
    pixel = itertools.count(2)

    def draw() -> Tensor:
        z = torch.zeros_like(xt)
        z[..., next(pixel)] = 1
        return z

    x = finished(predict, schedule, n, xt, draw, **how).flatten()
    return float(x[0]), float((x[1:] - x[0]).square().sum().sqrt())


def denoiser(kind: str, mean: float = MEAN, std: float = STD, num_timesteps: int = 1000) -> oracles.GaussianDenoiser:
    return oracles.GaussianDenoiser(oracles.alphas_cumprod(kind, num_timesteps), mean, std)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SAMPLERS)
def test_all_steps_recover_mean_and_deviation(kind: str, name: str) -> None:
    """Within 0.001 and 1 %; what is left is the step size (fixed_small on linear: -0.95 %)."""
    mean, std = moments(kind, 1000, **SAMPLERS[name])
    assert mean == pytest.approx(MEAN, abs=1e-3)
    assert std == pytest.approx(STD, rel=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_few_steps_err_in_the_known_direction(kind: str) -> None:
    """At 50 steps fixed_small is too narrow, fixed_large too wide, and second order the closest."""
    error = {name: moments(kind, 50, **how)[1] / STD - 1 for name, how in SAMPLERS.items()}
    assert -0.15 < error["ddpm fixed_small"] == pytest.approx(error["ddim eta 1"], abs=1e-9)
    assert error["ddpm fixed_small"] < error["ddim eta 0.5"] < error["ddim eta 0"] < -0.01
    assert 0.01 < error["ddpm fixed_large"] < 0.05
    assert abs(error["dpmpp_2m"]) < 0.005


@pytest.mark.parametrize("kind", KINDS)
def test_each_ddpm_variance_is_exact_for_the_data_it_is_made_for(kind: str) -> None:
    """2006.11239, section 3.2: beta_t for data N(0, 1), the posterior's variance for one single picture."""
    ac = oracles.alphas_cumprod(kind, 1000)
    mean, std = moments(kind, 1000, 0.0, 1.0, sampler="ddpm", variance_type="fixed_large")
    assert (mean, std) == pytest.approx((0, math.sqrt(ac[1])), abs=1e-9)  # the last step adds no noise
    for how in SAMPLERS.values():
        assert moments(kind, 20, MEAN, 0.0, **how) == pytest.approx((MEAN, 0), abs=1e-9)


@pytest.mark.parametrize("spacing", ["linspace", "quadratic"])
def test_second_order_converges_faster(spacing: str) -> None:
    """Error against the exact flow, n = 20..160 on cosine T = 10000: slopes -1.0, and -1.8 or steeper."""
    big_t = 10_000
    schedule = NoiseSchedule(ScheduleConfig(kind="cosine", num_timesteps=big_t))
    predict, xt = (
        denoiser("cosine", num_timesteps=big_t),
        torch.linspace(-2, 2, 9, dtype=torch.float64).reshape(1, 1, 3, 3),
    )
    steps, slope = [20, 40, 80, 160], {}
    for name in DETERMINISTIC:
        errors = [
            float(
                (finished(predict, schedule, n, xt, spacing=spacing, **SAMPLERS[name]) - predict.flow(xt, big_t))
                .abs()
                .max()
            )
            for n in steps
        ]
        slope[name] = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope["ddim eta 0"] == pytest.approx(-1, abs=0.1)
    assert slope["dpmpp_2m"] < -1.7


WEIGHTS, MEANS, WIDTH = [0.3, 0.7], [-0.6, 0.5], 0.12


def mixture(kind: str, name: str, n: int, num: int) -> tuple[float, list[float], list[float]]:
    """Share of the left mode, means and deviations of both; x_T are the quantiles of N(0, 1), other noise is drawn."""
    schedule = NoiseSchedule(ScheduleConfig(kind=kind))
    predict = oracles.MixtureDenoiser(oracles.alphas_cumprod(kind, 1000), WEIGHTS, MEANS, WIDTH)
    quantiles = torch.special.ndtri((torch.arange(num, dtype=torch.float64) + 0.5) / num).reshape(1, 1, 1, num)
    random = torch.Generator().manual_seed(0)

    def draw() -> Tensor:
        return torch.randn(quantiles.shape, generator=random, dtype=torch.float64)

    x = finished(predict, schedule, n, quantiles, draw, **SAMPLERS[name]).flatten()
    left = x < sum(MEANS) / 2
    modes = (x[left], x[~left])
    return float(left.double().mean()), [float(m.mean()) for m in modes], [float(m.std()) for m in modes]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_deterministic_samplers_keep_the_weights_of_a_mixture(kind: str, name: str) -> None:
    """In 200 steps: weights and means within 0.005, deviations within 5 % (DDIM on linear: -4.3 %)."""
    weight, means, widths = mixture(kind, name, n=200, num=4000)
    assert weight == pytest.approx(WEIGHTS[0], abs=0.005)
    assert means == pytest.approx(MEANS, abs=0.005)
    assert widths == pytest.approx([WIDTH, WIDTH], rel=0.05)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", STOCHASTIC)
def test_stochastic_samplers_keep_the_weights_of_a_mixture(kind: str, name: str) -> None:
    """10,000 pictures, 400 steps: weights within 0.02 (4.4 standard errors), means 0.01, deviations 9 %."""
    weight, means, widths = mixture(kind, name, n=400, num=10_000)
    assert weight == pytest.approx(WEIGHTS[0], abs=0.02)
    assert means == pytest.approx(MEANS, abs=0.01)
    assert widths == pytest.approx([WIDTH, WIDTH], rel=0.09)
