"""The baseline of the loss over t, against least squares on random numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ddpm_core.config import PredictionType, ScheduleConfig
from ddpm_core.prediction import training_target
from ddpm_core.quality.linear_baseline import bin_means, linear_baseline_loss
from ddpm_core.runs.events import NUM_T_BINS
from ddpm_core.schedule import NoiseSchedule, q_sample
from ddpm_core.training.loss_window import LossWindow

SCHEDULES = [
    ScheduleConfig("cosine", 40),
    ScheduleConfig("linear", 60),
    ScheduleConfig("cosine", 30, zero_terminal_snr=True),
]


@pytest.mark.parametrize("config", SCHEDULES, ids=lambda c: f"{c.kind} {c.num_timesteps} {c.zero_terminal_snr}")
@pytest.mark.parametrize("kind", ["eps", "x0", "v"])
def test_it_is_the_residual_of_a_regression(config: ScheduleConfig, kind: PredictionType) -> None:
    """Fit w by least squares on white unit-variance pictures, at some t, and measure the error on others."""
    schedule = NoiseSchedule(config)
    expected = linear_baseline_loss(schedule, kind)
    assert expected.shape == (config.num_timesteps + 1,)
    assert expected.dtype == np.float64
    generator = torch.Generator().manual_seed(3)
    x0, eps = torch.randn(2, 200_000, generator=generator, dtype=torch.float64)
    for step in (
        1,
        2,
        config.num_timesteps // 3,
        config.num_timesteps // 2,
        config.num_timesteps - 1,
        config.num_timesteps,
    ):
        t = torch.full((len(x0),), step)
        xt, target = q_sample(schedule, x0, t, eps), training_target(schedule, kind, x0, eps, t)
        fit, other = slice(0, 100_000), slice(100_000, None)
        w = (xt[fit] @ target[fit]) / (xt[fit] @ xt[fit])
        residual = float((target[other] - w * xt[other]).square().mean())
        # Four standard errors of a mean of 100,000 squared normals.
        assert residual == pytest.approx(expected[step], rel=4 * (2 / 100_000) ** 0.5, abs=1e-9)


def test_its_closed_forms() -> None:
    schedule = NoiseSchedule(ScheduleConfig("cosine", 1000))
    ac = schedule.alphas_cumprod
    np.testing.assert_allclose(linear_baseline_loss(schedule, "eps"), ac, rtol=1e-12)
    np.testing.assert_allclose(linear_baseline_loss(schedule, "x0"), 1 - ac, rtol=1e-12)
    np.testing.assert_allclose(linear_baseline_loss(schedule, "v"), 1, rtol=1e-12)
    assert (np.diff(linear_baseline_loss(schedule, "eps")) < 0).all()


def test_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="prediction_type is 'score'; allowed: eps, x0, v"):
        linear_baseline_loss(NoiseSchedule(ScheduleConfig()), "score")  # type: ignore[arg-type]


@pytest.mark.parametrize("total", [1, 7, 20, 50, 1000])
def test_bins_are_those_of_the_recorded_losses(total: int) -> None:
    """The window that records a run's losses is handed the table as if it were losses."""
    table = np.random.default_rng(total).random(total + 1)
    window = LossWindow(total, torch.device("cpu"))
    window.add(torch.arange(1, total + 1), torch.from_numpy(table[1:]))
    np.testing.assert_allclose(bin_means(table), window.close(1).losses)
    assert np.isnan(bin_means(table)).sum() == max(0, NUM_T_BINS - total)


@pytest.mark.parametrize("shape", [(1,), (2, 3)])
def test_a_table_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="the table's shape is"):
        bin_means(np.zeros(shape))
