"""A picture noised and denoised in one step: whatever the network predicts, x0_hat is what it stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ddpm_core.config import PredictionType, ScheduleConfig, TrainConfig
from ddpm_core.denoise import denoise_once, noised, spread_t
from ddpm_core.prediction import training_target
from ddpm_core.schedule import NoiseSchedule
from tests.support import oracles

CONFIG = TrainConfig(schedule=ScheduleConfig(num_timesteps=50))
SCHEDULE = NoiseSchedule(CONFIG.schedule)
X0 = torch.linspace(-1, 1, 24, dtype=torch.float64).reshape(3, 2, 2, 2)
EPS = torch.randn(X0.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
T = torch.tensor([1, 20, 40])


def answering(output: Tensor) -> Callable[..., Tensor]:
    """A network that says this, whatever it is shown."""
    return lambda xt, t, labels: output


def test_noised_is_the_jump_to_t() -> None:
    ac = torch.from_numpy(oracles.alphas_cumprod("cosine", 50))[T][:, None, None, None]
    torch.testing.assert_close(noised(CONFIG, SCHEDULE, X0, T, EPS), ac.sqrt() * X0 + (1 - ac).sqrt() * EPS)


@pytest.mark.parametrize("kind", ["eps", "x0", "v"])
def test_a_right_answer_is_read_as_the_clean_picture(kind: PredictionType) -> None:
    config = replace(CONFIG, prediction_type=kind)
    xt = noised(config, SCHEDULE, X0, T, EPS)
    right = training_target(SCHEDULE, kind, X0, EPS, T)
    torch.testing.assert_close(denoise_once(config, SCHEDULE, answering(right), xt, T, None), X0)
    far = training_target(SCHEDULE, kind, 3 * X0, EPS, T)
    shown = denoise_once(config, SCHEDULE, answering(far), noised(config, SCHEDULE, 3 * X0, T, EPS), T, None)
    torch.testing.assert_close(shown, (3 * X0).clamp(-1, 1))


def test_a_one_step_denoiser_answers_with_the_picture_itself() -> None:
    """Its sigma is on the [0, 1] pixel scale: 0.5 there is 1 on [-1, 1]."""
    blind = replace(CONFIG.unet, time_conditioned=False)
    config = replace(CONFIG, denoiser_sigma=0.5, prediction_type="x0", class_conditional=False, unet=blind)
    torch.testing.assert_close(noised(config, SCHEDULE, X0, None, EPS), X0 + EPS)
    torch.testing.assert_close(denoise_once(config, SCHEDULE, answering(2 * X0), X0, None, None), (2 * X0).clamp(-1, 1))


def test_spread_timesteps_are_the_middles_of_equal_parts() -> None:
    schedule = NoiseSchedule(ScheduleConfig(num_timesteps=1000))
    assert spread_t(schedule, 4).tolist() == [126, 376, 626, 876]
    assert spread_t(schedule, 1000).tolist() == list(range(1, 1001))
    assert spread_t(NoiseSchedule(ScheduleConfig(num_timesteps=3)), 6).tolist() == [1, 1, 2, 2, 3, 3]
