"""SDEdit (2108.01073): a given picture noised to t_start and denoised from there."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from ddpm_core.config import SampleConfig, ScheduleConfig
from ddpm_core.network.unet import UNet
from ddpm_core.noise import PictureNoise
from ddpm_core.sampler import SampleStep, noised_start, sample, sample_pictures
from ddpm_core.schedule import NoiseSchedule
from tests.support import oracles
from tests.support.toys import TINY_UNET

COSINE = NoiseSchedule(ScheduleConfig(kind="cosine"))
MEAN, STD = 0.3, 0.4
DRAWN = torch.linspace(-1, 1, 64).reshape(1, 8, 8)


def network() -> UNet:
    torch.manual_seed(0)
    return UNet(TINY_UNET, 1, num_classes=3).eval().requires_grad_(False)


def edited(start: Tensor | None, t_start: int | None, **how: Any) -> list[SampleStep]:
    more = {name: how.pop(name) for name in ("first", "num") if name in how}
    config = replace(SampleConfig(num_sampling_steps=5, num_pictures=3, seed=4), **how)
    return [*sample_pictures(network(), COSINE, "v", config, (8, 8), start=start, t_start=t_start, **more)]


@pytest.mark.parametrize("t_start", [50, 300, 600, 950])
def test_a_perfect_denoiser_forgets_the_picture_as_the_closed_form_says(t_start: int) -> None:
    """Data N(m, s^2), all steps: the flow maps x_t onto m + s (x_t - a m) / sqrt(a^2 s^2 + b^2), so x0 ends as
    m + s (a (x0 - m) + b eps) / sqrt(a^2 s^2 + b^2): what is kept of it falls with t_start.
    """
    predict = oracles.GaussianDenoiser(oracles.alphas_cumprod("cosine", 1000), MEAN, STD)
    generator = torch.Generator().manual_seed(1)
    x0, eps = (torch.randn(1, 1, 8, 8, generator=generator, dtype=torch.float64) for _ in range(2))
    config = SampleConfig(num_sampling_steps=t_start)
    xt = noised_start(COSINE, x0, t_start, eps)
    got = [*sample(predict, COSINE, config, xt, oracles.no_noise, t_start=t_start)][-1].x0_hat
    ac = oracles.alphas_cumprod("cosine", 1000)[t_start]
    a, b = math.sqrt(ac), math.sqrt(1 - ac)
    wanted = MEAN + STD * (a * (x0 - MEAN) + b * eps) / math.sqrt(a**2 * STD**2 + b**2)
    torch.testing.assert_close(got, wanted, rtol=0, atol=0.02)


def test_the_walk_begins_at_t_start_with_the_noised_picture() -> None:
    steps = edited(DRAWN, 500)
    assert [(s.t, s.t_prev) for s in steps] == [(500, 400), (400, 300), (300, 200), (200, 100), (100, 0)]
    eps = PictureNoise(4, 3).draw((1, 8, 8))
    a, b = COSINE.sqrt_alphas_cumprod[500], COSINE.sqrt_one_minus_alphas_cumprod[500]
    torch.testing.assert_close(steps[0].xt, a * DRAWN + b * eps, rtol=0, atol=1e-6)


def test_from_t_start_T_hardly_anything_is_left_of_the_picture() -> None:
    """x_T then is pure noise but for sqrt(ac_T), here 5e-5: the same pictures as without any start."""
    plain, drawn = edited(None, None), edited(DRAWN, 1000)
    assert [s.t for s in plain] == [s.t for s in drawn]
    torch.testing.assert_close(drawn[0].xt, plain[0].xt, rtol=0, atol=1e-4)
    torch.testing.assert_close(drawn[-1].x0_hat, plain[-1].x0_hat, rtol=0, atol=1e-2)
    torch.testing.assert_close(edited(DRAWN, None)[-1].x0_hat, drawn[-1].x0_hat, rtol=0, atol=0)


def test_little_noise_returns_the_picture() -> None:
    """Even an untrained network can do little harm from t = 1: b is 0.006 there."""
    finished = edited(DRAWN, 1, num_sampling_steps=1)[-1].x0_hat
    assert float((finished - DRAWN).abs().max()) < 0.05


def test_a_start_of_its_own_for_each_picture() -> None:
    starts = torch.stack([DRAWN, -DRAWN, 0 * DRAWN])
    together = edited(starts, 300)[-1].x0_hat
    same = edited(DRAWN, 300)[-1].x0_hat
    torch.testing.assert_close(together[0], same[0], rtol=0, atol=1e-5)
    assert float((together[1] - same[1]).abs().max()) > 0.1


@pytest.mark.parametrize("sampler", ["ddim", "ddpm", "dpmpp_2m"])
def test_a_picture_is_the_same_whatever_the_batch(sampler: str) -> None:
    together = edited(DRAWN, 400, sampler=sampler)[-1].x0_hat
    alone = edited(DRAWN, 400, sampler=sampler, first=2, num=1)[-1].x0_hat
    torch.testing.assert_close(together[2:], alone, rtol=0, atol=1e-5)
    torch.testing.assert_close(edited(DRAWN, 400, sampler=sampler)[-1].x0_hat, together, rtol=0, atol=0)
    assert float((together[0] - together[1]).abs().max()) > 1e-3


@pytest.mark.parametrize("shape", [(8, 8), (3, 8, 8), (2, 1, 8, 8), (1, 8, 9)])
def test_a_start_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"start's shape is .*; allowed: \(1, 8, 8\), or that for each of 3 pictures"):
        edited(torch.zeros(shape), 300)


@pytest.mark.parametrize("t_start", [0, 1001])
def test_t_start_lies_within_the_schedule(t_start: int) -> None:
    with pytest.raises(ValueError, match=f"t_start is {t_start}; allowed: 1 to 1000"):
        edited(DRAWN, t_start)


def test_more_steps_than_t_start_are_refused() -> None:
    with pytest.raises(ValueError, match="num_sampling_steps is 5; allowed: 1 to T = 4"):
        edited(DRAWN, 4)
