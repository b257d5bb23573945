"""What holds for any schedule and any shape (hypothesis)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpm_core.config import ScheduleConfig
from ddpm_core.prediction import read_prediction, training_target
from ddpm_core.schedule import NoiseSchedule, q_posterior, q_sample

quickly = settings(max_examples=60, deadline=None)


@st.composite
def configs(draw: st.DrawFn) -> ScheduleConfig:
    """Any schedule a learner may reach with sliders."""
    beta_1 = draw(st.floats(1e-5, 0.05))
    return ScheduleConfig(
        kind=draw(st.sampled_from(["linear", "cosine", "sigmoid", "quadratic"])),
        num_timesteps=draw(st.integers(1, 300)),
        beta_1=beta_1,
        beta_T=draw(st.floats(beta_1, 0.2)),
        cosine_s=draw(st.floats(0, 0.1)),
        sigmoid_start=draw(st.floats(-6, -0.5)),
        sigmoid_end=draw(st.floats(0.5, 6)),
        sigmoid_tau=draw(st.floats(0.3, 2)),
        zero_terminal_snr=draw(st.booleans()),
    )


@given(configs())
@quickly
def test_tables(config: ScheduleConfig) -> None:
    s, big_t = NoiseSchedule(config), config.num_timesteps
    assert all(len(table) == big_t + 1 for table in (s.betas, s.alphas, s.snr, s.sigma, s.posterior_variance))
    assert s.alphas_cumprod[0] == 1
    assert (np.diff(s.alphas_cumprod) < 0).all()
    assert (np.diff(s.snr) < 0).all()
    assert (np.diff(s.sigma) > 0).all()
    assert ((s.betas[1:] > 0) & (s.betas[1:] <= 1)).all()
    np.testing.assert_allclose(s.sqrt_alphas_cumprod**2 + s.sqrt_one_minus_alphas_cumprod**2, 1, rtol=1e-12)
    assert (s.posterior_variance[:2] == 0).all()
    assert (s.posterior_variance <= s.betas * (1 + 1e-12)).all()
    assert np.isfinite(s.posterior_variance).all()
    assert (s.alphas_cumprod[-1] == 0) == config.zero_terminal_snr
    for t in range(0, big_t + 1, 37):
        if np.isfinite(s.sigma[t]):
            assert s.nearest_t(s.sigma[t]) == t


@given(configs(), st.data())
@quickly
def test_one_jump_equals_two(config: ScheduleConfig, data: st.DataObject) -> None:
    """q(x_t | x_s) after q(x_s | x0) has the mean and variance of q(x_t | x0)."""
    s = NoiseSchedule(config)
    t = data.draw(st.integers(1, config.num_timesteps))
    middle = data.draw(st.integers(0, t - 1))
    alpha = np.prod(s.alphas[middle + 1 : t + 1])
    one = torch.ones(1, 1, dtype=torch.float64)
    signal = [float(q_sample(s, one, torch.tensor([i]), 0 * one)) for i in (t, middle)]
    noise = [float(q_sample(s, 0 * one, torch.tensor([i]), one)) ** 2 for i in (t, middle)]
    assert signal[0] == pytest.approx(np.sqrt(alpha) * signal[1], rel=1e-9, abs=1e-15)
    assert noise[0] == pytest.approx(alpha * noise[1] + 1 - alpha, rel=1e-9)


@given(configs(), st.data())
@quickly
def test_the_posterior_averages_back_to_the_marginal(config: ScheduleConfig, data: st.DataObject) -> None:
    """Over q(x_t | x0), the posterior's means and variance make up q(x_{t_prev} | x0)."""
    s = NoiseSchedule(config)
    t = data.draw(st.integers(1, config.num_timesteps))
    t_prev = data.draw(st.integers(0, t - 1))
    ts, ts_prev = (torch.full((3,), i) for i in (t, t_prev))
    a, b = s.sqrt_alphas_cumprod[t], s.sqrt_one_minus_alphas_cumprod[t]
    x0 = torch.full((3, 1), 0.7, dtype=torch.float64)
    xt = a * x0 + b * torch.tensor([[-1.0], [0.0], [1.0]], dtype=torch.float64)
    mean, variance = q_posterior(s, x0, xt, ts, ts_prev)
    slope = float(mean[2] - mean[0]) / 2
    assert float(mean[1]) == pytest.approx(s.sqrt_alphas_cumprod[t_prev] * 0.7, abs=1e-9)
    assert slope**2 + float(variance[0]) == pytest.approx(1 - s.alphas_cumprod[t_prev], abs=1e-9)


@given(
    configs(),
    st.lists(st.integers(1, 4), min_size=1, max_size=5),
    st.sampled_from([torch.float32, torch.float64]),
    st.sampled_from(["eps", "x0", "v"]),
    st.data(),
)
@quickly
def test_shapes_and_dtypes_stay(
    config: ScheduleConfig, shape: list[int], dtype: torch.dtype, kind: Any, data: st.DataObject
) -> None:
    s = NoiseSchedule(config)
    last = config.num_timesteps - (1 if kind == "eps" and config.zero_terminal_snr else 0)
    if last < 1:
        return
    t = torch.tensor(data.draw(st.lists(st.integers(1, last), min_size=shape[0], max_size=shape[0])))
    x0, eps = torch.rand(shape, dtype=dtype), torch.randn(shape, dtype=dtype)
    xt = q_sample(s, x0, t, eps)
    for x in (xt, *read_prediction(s, kind, training_target(s, kind, x0, eps, t), xt, t), q_posterior(s, x0, xt, t)[0]):
        assert (list(x.shape), x.dtype) == (shape, dtype)
        assert bool(x.isfinite().all())
