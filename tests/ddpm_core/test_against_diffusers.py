"""Equality with diffusers 0.42.1, step by step: its tables replaced by our float64 ones, its t is our t - 1."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor

from ddpm_core.config import SampleConfig, ScheduleConfig
from ddpm_core.prediction import Prediction, read_prediction
from ddpm_core.sampler import Predict, ddim_step, ddpm_step, sample, timesteps
from ddpm_core.schedule import NoiseSchedule, q_sample
from tests.support.toys import normal

diffusers = pytest.importorskip("diffusers", reason="a development dependency: pip install -r requirements-dev.txt")

PREDICTION_TYPES = {"eps": "epsilon", "x0": "sample", "v": "v_prediction"}
SCHEDULES = [(kind, big_t) for kind in ("linear", "cosine") for big_t in (50, 300, 500, 1000)]
every_prediction = pytest.mark.parametrize("prediction", ["eps", "x0", "v"])


@cache
def ours(kind: str, big_t: int) -> NoiseSchedule:
    return NoiseSchedule(ScheduleConfig(kind=kind, num_timesteps=big_t))


def theirs(name: str, kind: str, big_t: int, **config: Any) -> Any:
    """A reference with our tables: its own are float32, and its cosine's alphas_cumprod is off by 1.4e-5 at T."""
    scheduler = getattr(diffusers, name)(num_train_timesteps=big_t, **config)
    schedule = ours(kind, big_t)
    scheduler.betas = torch.from_numpy(schedule.betas[1:])
    scheduler.alphas = torch.from_numpy(schedule.alphas[1:])
    scheduler.alphas_cumprod = torch.from_numpy(schedule.alphas_cumprod[1:])
    scheduler.one = scheduler.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)
    return scheduler


def assert_close(got: Tensor, wanted: Tensor, *case: object) -> None:
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-5, msg=lambda text: f"{case}: {text}")


def pairs(big_t: int) -> list[tuple[int, int]]:
    """Single steps, steps whose length does not divide T, and the last ones into 0."""
    last = [(t, t - 1) for t in (1, 2, 3, big_t // 2, big_t - 1, big_t)]
    return [*last, (big_t, big_t - 7), (big_t - 3, big_t // 3), (37, 0), (37, 11), (big_t, 1), (7, 0)]


def network(xt: Tensor, t: int) -> Tensor:
    """Something smooth that depends on both, standing in for a network whatever it predicts."""
    return torch.tanh(xt.roll(1, -1) + xt.mean() + t / 300) + 0.1 * xt


def predict(schedule: NoiseSchedule, prediction: str, *, clip: bool) -> Predict:
    def read(xt: Tensor, t: int) -> Prediction:
        return read_prediction(schedule, prediction, network(xt, t), xt, torch.full((len(xt),), t), clip=clip)

    return read


def test_add_noise() -> None:
    for kind, big_t in SCHEDULES:
        scheduler = theirs("DDPMScheduler", kind, big_t)
        for t in (1, 2, big_t // 2, big_t):
            ts = torch.full((2,), t)
            got = q_sample(ours(kind, big_t), normal(0), ts, normal(1))
            assert_close(got, scheduler.add_noise(normal(0), normal(1), ts - 1), kind, big_t, t)


@every_prediction
@pytest.mark.parametrize("variance", ["fixed_small", "fixed_large"])
def test_ddpm_steps(prediction: str, variance: str) -> None:
    theirs_is = {"variance_type": variance, "prediction_type": PREDICTION_TYPES[prediction]}
    for kind, big_t in SCHEDULES:
        schedule, xt = ours(kind, big_t), normal(0)
        for t, t_prev in pairs(big_t):
            if variance == "fixed_large" and t_prev == 0 and t > 1:
                continue  # diffusers adds noise to the finished picture here
            scheduler = theirs("DDPMScheduler", kind, big_t, **theirs_is)
            scheduler.set_timesteps(timesteps=[t - 1, t_prev - 1] if t_prev else [t - 1])
            reference = scheduler.step(network(xt, t), t - 1, xt, generator=torch.Generator().manual_seed(5))
            x0_hat, _ = predict(schedule, prediction, clip=True)(xt, t)
            assert_close(x0_hat, reference.pred_original_sample, kind, big_t, t, t_prev)
            got = ddpm_step(schedule, variance, t, t_prev, xt, x0_hat, lambda: normal(5))
            assert_close(got, reference.prev_sample, kind, big_t, t, t_prev)


@every_prediction
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim_steps(prediction: str, eta: float) -> None:
    for kind, big_t in SCHEDULES:
        schedule, xt = ours(kind, big_t), normal(0)
        for t, t_prev in pairs(big_t):
            scheduler = theirs("DDIMScheduler", kind, big_t, prediction_type=PREDICTION_TYPES[prediction])
            scheduler.num_inference_steps = Fraction(
                big_t, t - t_prev
            )  # it goes from t to t - T // n: any pair will do
            reference = scheduler.step(
                network(xt, t), t - 1, xt, eta=eta, use_clipped_model_output=True, variance_noise=normal(6)
            ).prev_sample
            x0_hat, eps_hat = predict(schedule, prediction, clip=True)(xt, t)
            got = ddim_step(schedule, eta, t, t_prev, x0_hat, eps_hat, lambda: normal(6))
            assert_close(got, reference, kind, big_t, t, t_prev)


@every_prediction
@pytest.mark.parametrize("name", ["ddpm", "ddim"])
def test_whole_walks_whose_count_divides(prediction: str, name: str) -> None:
    """Ten steps, each from the picture of the last one, on the reference's own timesteps."""
    theirs_is = {"prediction_type": PREDICTION_TYPES[prediction], "timestep_spacing": "trailing"}
    for kind, big_t in SCHEDULES:
        scheduler = theirs(f"{name.upper()}Scheduler", kind, big_t, **theirs_is)
        scheduler.set_timesteps(10)
        assert [t + 1 for t in scheduler.timesteps.tolist()] == timesteps(big_t, 10, "trailing")
        random = {"generator": torch.Generator().manual_seed(5)}
        x = normal(0)
        for t in scheduler.timesteps.tolist():
            extra = {"use_clipped_model_output": True} if name == "ddim" else random
            x = scheduler.step(network(x, t + 1), t, x, **extra).prev_sample

        drawn = torch.Generator().manual_seed(5)
        steps = sample(
            predict(ours(kind, big_t), prediction, clip=True),
            ours(kind, big_t),
            SampleConfig(sampler=name, num_sampling_steps=10),
            normal(0),
            lambda drawn=drawn: torch.randn(2, 3, 4, 4, generator=drawn, dtype=torch.float64),
        )
        # Its DDPM's last noise has a standard deviation of 1e-10.
        assert_close([*steps][-1].x0_hat, x, kind, big_t)


@every_prediction
@pytest.mark.parametrize("n", [10, 20, 33])
def test_dpm_solver_walks(prediction: str, n: int) -> None:
    """DPM-Solver++ 2M over any walk, its sigmas set from our table; it computes partly in float32."""
    theirs_is = {"prediction_type": PREDICTION_TYPES[prediction], "final_sigmas_type": "zero"}
    config = SampleConfig(sampler="dpmpp_2m", num_sampling_steps=n, spacing="linspace")
    for kind, big_t in SCHEDULES:
        schedule = ours(kind, big_t)
        walk = timesteps(big_t, n, "linspace")
        scheduler = theirs("DPMSolverMultistepScheduler", kind, big_t, **theirs_is)
        scheduler.set_timesteps(timesteps=[t - 1 for t in walk])
        scheduler.sigmas = torch.tensor([*(2 * schedule.sigma[walk]), 0.0], dtype=torch.float64)
        x = normal(0)
        for step in sample(predict(schedule, prediction, clip=False), schedule, config, normal(0), lambda: normal(5)):
            # Relative to x: unclipped, an eps-network's x0_hat reaches 1 / sqrt(alphas_cumprod) = 20,000 at T.
            scale = max(1.0, float(x.abs().max()))
            assert_close(step.xt / scale, x / scale, kind, big_t, step.t)
            x = scheduler.step(network(x, step.t), step.t - 1, x).prev_sample
        scale = max(1.0, float(x.abs().max()))
        assert_close(step.x0_hat / scale, x / scale, kind, big_t)
