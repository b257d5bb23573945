"""The reverse process: which t are visited, each step's formula, and the walk."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ddpm_core.config import SampleConfig, ScheduleConfig, Spacing
from ddpm_core.prediction import Prediction
from ddpm_core.sampler import (
    ddim_step,
    ddpm_step,
    dpmpp_2m_step,
    sample,
    timesteps,
)
from ddpm_core.schedule import NoiseSchedule
from tests.support import oracles
from tests.support.toys import normal

SPACINGS = ("leading", "linspace", "trailing", "quadratic")
LINEAR = NoiseSchedule(ScheduleConfig(kind="linear"))
ZERO = NoiseSchedule(ScheduleConfig(kind="linear", zero_terminal_snr=True))


# Timesteps


def check_timesteps(big_t: int, n: int, spacing: Spacing) -> None:
    ts = timesteps(big_t, n, spacing)
    assert len(ts) == n
    assert all(before > after for before, after in pairwise(ts))
    assert ts[0] <= big_t
    assert ts[-1] >= 1
    if spacing != "leading":
        assert ts[0] == big_t
    if spacing != "trailing" and n > 1:
        assert ts[-1] == 1
    if n == big_t:
        assert ts == list(range(big_t, 0, -1))


@pytest.mark.parametrize("spacing", SPACINGS)
def test_timesteps_of_every_small_walk(spacing: Spacing) -> None:
    for big_t in range(1, 50):
        for n in range(1, big_t + 1):
            check_timesteps(big_t, n, spacing)


@given(st.integers(1, 10_000), st.data(), st.sampled_from(SPACINGS))
@settings(max_examples=200, deadline=None)
def test_timesteps_of_any_walk(big_t: int, data: st.DataObject, spacing: Spacing) -> None:
    check_timesteps(big_t, data.draw(st.integers(1, big_t)), spacing)


def test_timesteps_of_the_papers() -> None:
    """2305.08891, table 2; 2010.02502, appendix D.2: steps of the square root are even."""
    assert timesteps(1000, 10, "leading") == [901, 801, 701, 601, 501, 401, 301, 201, 101, 1]
    assert timesteps(1000, 10, "linspace") == [1000, 889, 778, 667, 556, 445, 334, 223, 112, 1]
    assert timesteps(1000, 10, "trailing") == [1000, 900, 800, 700, 600, 500, 400, 300, 200, 100]
    roots = np.sqrt(np.array(timesteps(1000, 10, "quadratic")) - 1)
    np.testing.assert_allclose(np.diff(roots), -math.sqrt(999) / 9, atol=0.05)


@pytest.mark.parametrize("n", [15, 30, 32, 40])
def test_a_count_that_does_not_divide_stays_in_range(n: int) -> None:
    """The course's DDIM wrapped to a negative index for these n of T = 500."""
    for spacing in SPACINGS:
        check_timesteps(500, n, spacing)


@pytest.mark.parametrize("n", [0, -1, 501])
def test_more_steps_than_timesteps_are_refused(n: int) -> None:
    with pytest.raises(ValueError, match=f"num_sampling_steps is {n}; allowed: 1 to T = 500"):
        timesteps(500, n, "trailing")


# One step


@pytest.mark.parametrize("schedule", [LINEAR, ZERO, NoiseSchedule(ScheduleConfig(kind="cosine"))])
@pytest.mark.parametrize("clip", [False, True])
def test_ddim_at_eta_1_is_ddpm(schedule: NoiseSchedule, clip: bool) -> None:
    """2010.02502, section 4.1, for any pair and for clipped predictions: the same mean, the same variance."""
    xt, x0_hat = normal(0), normal(1).clamp(-1, 1) if clip else normal(1)
    for t, t_prev in ((1000, 999), (1000, 700), (500, 499), (500, 20), (2, 1), (1, 0), (30, 0)):
        a, b = schedule.sqrt_alphas_cumprod[t], schedule.sqrt_one_minus_alphas_cumprod[t]
        eps_hat = (xt - a * x0_hat) / b
        for z in (torch.zeros_like(xt), normal(2)):
            ddim = ddim_step(schedule, 1.0, t, t_prev, x0_hat, eps_hat, lambda z=z: z)
            ddpm = ddpm_step(schedule, "fixed_small", t, t_prev, xt, x0_hat, lambda z=z: z)
            difference = float((ddim - ddpm).abs().max())
            assert difference <= 1e-9, (t, t_prev)


def test_ddpm_adds_the_variance_it_names() -> None:
    ac, t, t_prev = oracles.alphas_cumprod("linear", 1000), 400, 380
    beta = 1 - ac[t] / ac[t_prev]
    zero = torch.zeros(1, 1, dtype=torch.float64)
    for kind, variance in {"fixed_small": beta * (1 - ac[t_prev]) / (1 - ac[t]), "fixed_large": beta}.items():
        step = ddpm_step(LINEAR, kind, t, t_prev, zero, zero, lambda: torch.ones(1, 1, dtype=torch.float64))
        assert float(step) ** 2 == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("variance_type", ["fixed_small", "fixed_large"])
def test_no_sampler_adds_noise_on_the_way_to_0(variance_type: str) -> None:
    xt, x0_hat = normal(0), normal(1)
    for t in (1, 20, 1000):
        into_0 = (
            ddpm_step(LINEAR, variance_type, t, 0, xt, x0_hat, oracles.no_noise),
            ddim_step(LINEAR, 1.0, t, 0, x0_hat, normal(2), oracles.no_noise),
            dpmpp_2m_step(LINEAR, t, 0, xt, x0_hat, None),
            dpmpp_2m_step(LINEAR, t - 1, 0, xt, x0_hat, (t, normal(3))) if t > 1 else x0_hat,  # lambda_0 is infinite
        )
        for x in into_0:
            torch.testing.assert_close(x, x0_hat, rtol=0, atol=1e-12)


def test_the_first_second_order_step_is_ddim() -> None:
    xt, x0_hat = normal(0), normal(1)
    for schedule in (LINEAR, ZERO):
        a, b = schedule.sqrt_alphas_cumprod[1000], schedule.sqrt_one_minus_alphas_cumprod[1000]
        ddim = ddim_step(schedule, 0.0, 1000, 900, x0_hat, (xt - a * x0_hat) / b, oracles.no_noise)
        torch.testing.assert_close(dpmpp_2m_step(schedule, 1000, 900, xt, x0_hat, None), ddim, rtol=0, atol=1e-12)


def test_the_second_order_step_extrapolates_in_lambda() -> None:
    """2211.01095: x0_hat is continued linearly in lambda = log(sqrt(ac) / sqrt(1 - ac)) to the middle of the step."""
    ac = oracles.alphas_cumprod("linear", 1000)
    lam = {t: math.log(ac[t] / (1 - ac[t])) / 2 for t in (700, 600, 450)}
    slope, level = normal(1), normal(2)
    x0_at = {t: level + slope * lam[t] for t in lam}
    middle = level + slope * (lam[600] + lam[450]) / 2
    got = dpmpp_2m_step(LINEAR, 600, 450, normal(0), x0_at[600], (700, x0_at[700]))
    torch.testing.assert_close(got, dpmpp_2m_step(LINEAR, 600, 450, normal(0), middle, None), rtol=0, atol=1e-11)


# The walk


@pytest.mark.parametrize("name", ["ddpm", "ddim", "dpmpp_2m"])
@pytest.mark.parametrize(("n", "spacing"), [(7, "trailing"), (32, "leading"), (1, "quadratic"), (33, "linspace")])
def test_the_walk_ends_at_0_with_the_finished_picture(name: str, n: int, spacing: Spacing) -> None:
    predict = oracles.GaussianDenoiser(LINEAR.alphas_cumprod, 0.2, 0.3)
    config = SampleConfig(sampler=name, num_sampling_steps=n, spacing=spacing)
    draws = iter(range(100, 1000))
    steps = list(sample(predict, LINEAR, config, normal(0), lambda: normal(next(draws))))
    assert [(s.i, s.n) for s in steps] == [(i, n) for i in range(n)]
    assert [s.t for s in steps] == timesteps(1000, n, spacing)
    assert [s.t_prev for s in steps] == [*(s.t for s in steps[1:]), 0]
    assert next(draws) - 100 == (n - 1 if name == "ddpm" else 0)
    for s in steps:
        a, b = LINEAR.sqrt_alphas_cumprod[s.t], LINEAR.sqrt_one_minus_alphas_cumprod[s.t]
        torch.testing.assert_close(a * s.x0_hat + b * s.eps_hat, s.xt, rtol=0, atol=1e-10)
    torch.testing.assert_close(steps[0].xt, normal(0), rtol=0, atol=0)


def test_eta_0_is_deterministic_and_eta_1_is_not() -> None:
    predict = oracles.GaussianDenoiser(LINEAR.alphas_cumprod, 0.2, 0.3)
    config = SampleConfig(num_sampling_steps=20)
    once, again = ([*sample(predict, LINEAR, config, normal(0), oracles.no_noise)][-1].x0_hat for _ in range(2))
    assert torch.equal(once, again)
    draws = iter(range(100))
    noisy = [*sample(predict, LINEAR, replace(config, eta=1.0), normal(0), lambda: normal(next(draws)))][-1].x0_hat
    assert float((noisy - once).abs().mean()) > 0.1


def test_a_walk_may_start_lower() -> None:
    predict = oracles.GaussianDenoiser(LINEAR.alphas_cumprod, 0.2, 0.3)
    config = SampleConfig(num_sampling_steps=5)
    walk = [s.t for s in sample(predict, LINEAR, config, normal(0), oracles.no_noise, t_start=500)]
    assert walk == [500, 400, 300, 200, 100]
    for bad in (0, 1001):
        with pytest.raises(ValueError, match=f"t_start is {bad}; allowed: 1 to 1000"):
            next(sample(predict, LINEAR, config, normal(0), oracles.no_noise, t_start=bad))


def test_a_predict_is_all_a_sampler_needs() -> None:
    """Any function of x_t and t will do: here one that always sees the same picture."""
    picture = normal(5).clamp(-1, 1)

    def predict(xt: Tensor, t: int) -> Prediction:
        a, b = LINEAR.sqrt_alphas_cumprod[t], LINEAR.sqrt_one_minus_alphas_cumprod[t]
        return Prediction(picture, (xt - a * picture) / b)

    step: Callable[[], Tensor] = lambda: normal(6)  # noqa: E731
    for name in ("ddpm", "ddim", "dpmpp_2m"):
        config = SampleConfig(sampler=name, num_sampling_steps=3)
        torch.testing.assert_close([*sample(predict, LINEAR, config, normal(0), step)][-1].x0_hat, picture)
