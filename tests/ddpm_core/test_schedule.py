"""The forward process against golden constants, own oracles, Bayes by brute force and chained single steps."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ddpm_core.config import ScheduleConfig
from ddpm_core.schedule import NoiseSchedule, at, q_posterior, q_sample
from tests.support import oracles

LINEAR = NoiseSchedule(ScheduleConfig(kind="linear"))
COSINE = NoiseSchedule(ScheduleConfig(kind="cosine"))
# A short chain with strong noise: single steps that are far from infinitesimal.
SHORT = {"kind": "linear", "num_timesteps": 40, "beta_1": 0.01, "beta_T": 0.3}
KINDS = ("linear", "cosine", "sigmoid", "quadratic")


@pytest.mark.parametrize(
    ("got", "golden"),
    [
        (LINEAR.alphas_cumprod[1000], 4.03582976538e-05),
        (LINEAR.alphas_cumprod[501], 0.077796658365),
        (LINEAR.posterior_variance[1], 0.0),
        (LINEAR.posterior_variance[488], 0.009791571986),
        (LINEAR.posterior_variance[1000], 0.01999998353),
        (COSINE.betas[1], 4.128422482e-05),
        (COSINE.betas[1000], 0.999),
        (COSINE.alphas_cumprod[1000], 2.42876690703e-09),
        # 2305.08891, table 1 (computed there in float32).
        (LINEAR.snr[1000], pytest.approx(4.035993e-05, rel=1e-6)),
        (COSINE.snr[1000], pytest.approx(2.428735e-09, rel=2e-5)),
    ],
)
def test_golden_constants(got: float, golden: object) -> None:
    assert got == (pytest.approx(golden, rel=1e-9, abs=1e-18) if isinstance(golden, float) else golden)


@pytest.mark.parametrize("kind", KINDS)
def test_tables_match_the_oracle(kind: str) -> None:
    parameters = {"beta_1": 2e-4, "beta_T": 0.03, "cosine_s": 0.01, "sigmoid_start": -2.5, "sigmoid_tau": 0.9}
    for num in (1, 2, 50, 1000):
        schedule = NoiseSchedule(ScheduleConfig(kind=kind, num_timesteps=num, **parameters))
        betas, ac = oracles.betas(kind, num, **parameters), oracles.alphas_cumprod(kind, num, **parameters)
        assert schedule.betas == pytest.approx([0, *betas], rel=1e-9), num
        assert schedule.alphas_cumprod == pytest.approx(ac, rel=1e-9), num
        tables = ("betas", "alphas", "alphas_cumprod", "posterior_variance", "snr", "log_snr", "half_log_snr", "sigma")
        for name in tables:
            table = getattr(schedule, name)
            assert (table.dtype, table.shape) == (np.float64, (num + 1,)), name


@pytest.mark.parametrize("kind", KINDS)
def test_index_0_is_the_clean_picture(kind: str) -> None:
    s = NoiseSchedule(ScheduleConfig(kind=kind, num_timesteps=10))
    first = (
        s.betas[0],
        s.alphas[0],
        s.alphas_cumprod[0],
        s.posterior_variance[0],
        s.snr[0],
        s.log_snr[0],
        s.half_log_snr[0],
        s.sigma[0],
    )
    assert first == (0, 1, 1, 0, math.inf, math.inf, math.inf, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_log_snr_is_the_logit_of_alphas_cumprod(kind: str) -> None:
    ac = oracles.alphas_cumprod(kind, 1000)[1:]
    schedule = NoiseSchedule(ScheduleConfig(kind=kind))
    assert schedule.log_snr[1:] == pytest.approx(np.log(ac) - np.log1p(-ac), rel=1e-7, abs=1e-9)
    np.testing.assert_array_equal(schedule.half_log_snr, schedule.log_snr / 2)
    assert NoiseSchedule(ScheduleConfig(kind=kind, zero_terminal_snr=True)).log_snr[-1] == -math.inf


@pytest.mark.parametrize("kind", KINDS)
def test_zero_terminal_snr(kind: str) -> None:
    for num in (2, 50, 1000):
        plain = oracles.alphas_cumprod(kind, num)
        schedule = NoiseSchedule(ScheduleConfig(kind=kind, num_timesteps=num, zero_terminal_snr=True))
        assert (schedule.alphas_cumprod[num], schedule.snr[num], schedule.sigma[num]) == (0, 0, math.inf), num
        assert schedule.alphas_cumprod[1] == pytest.approx(plain[1], rel=1e-12), num
        root = np.sqrt(plain)  # 2305.08891: shift to 0 at T, scale back to the old value at 1
        wanted = (root - root[num]) * root[1] / (root[1] - root[num])
        assert schedule.sqrt_alphas_cumprod[1:] == pytest.approx(wanted[1:], rel=1e-9), num
        assert np.isfinite(schedule.posterior_variance).all(), num


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"num_timesteps": 0}, "schedule.num_timesteps is 0; allowed: 1 to 10000"),
        ({"num_timesteps": 10_001}, "schedule.num_timesteps is 10001"),
        ({"beta_1": 0.0}, "schedule.beta_1 is 0.0; allowed: above 0"),
        ({"beta_1": math.nan}, "schedule.beta_1 is nan"),
        ({"beta_T": 1.0}, "schedule.beta_T is 1.0; allowed: at least beta_1 and below 1"),
        ({"beta_1": 0.03}, "schedule.beta_T is 0.02"),
        ({"cosine_s": -0.1}, "schedule.cosine_s is -0.1"),
        ({"sigmoid_start": 4.0}, "schedule.sigmoid_start is 4.0"),
        ({"sigmoid_tau": 0.0}, "schedule.sigmoid_tau is 0.0"),
        ({"kind": "square"}, "schedule.kind is 'square'; allowed: linear, cosine, sigmoid, quadratic"),
        # Within each parameter's range, but the tables would hold NaN.
        ({"kind": "sigmoid", "sigmoid_tau": 0.01}, "schedule is .*sigmoid_tau=0.01.*; allowed: .*falls at every t"),
        ({"kind": "sigmoid", "sigmoid_end": math.inf}, "schedule is .*sigmoid_end=inf"),
        ({"kind": "linear", "beta_1": 1e-20}, "schedule is .*beta_1=1e-20"),
        ({"kind": "linear", "num_timesteps": 5000, "beta_T": 0.9}, "schedule is .*beta_T=0.9"),
    ],
)
def test_a_wrong_parameter_names_itself(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        NoiseSchedule(ScheduleConfig(**changes))


@pytest.mark.parametrize(("num", "left"), [(50, "0.78"), (300, "0.22"), (500, "0.08")])
def test_a_short_linear_schedule_warns(num: int, left: str) -> None:
    warning = NoiseSchedule(ScheduleConfig(kind="linear", num_timesteps=num)).terminal_noise_warning()
    assert warning is not None
    for part in (
        f"is {left}, above 0.05",
        f"num_timesteps (T = {num})",
        "beta_T (0.02)",
        "cosine",
        "zero_terminal_snr",
    ):
        assert part in warning


@pytest.mark.parametrize(
    "config",
    [
        ScheduleConfig(kind="linear"),
        *(ScheduleConfig(kind=kind, num_timesteps=50) for kind in ("cosine", "sigmoid")),
        ScheduleConfig(kind="linear", num_timesteps=50, zero_terminal_snr=True),
    ],
)
def test_enough_noise_warns_of_nothing(config: ScheduleConfig) -> None:
    assert NoiseSchedule(config).terminal_noise_warning() is None


def test_sigma_and_t_are_two_scales_of_one_handle() -> None:
    assert LINEAR.nearest_t(0.5) == 259
    assert [LINEAR.nearest_t(s) for s in (0, 1e9)] == [0, 1000]
    assert all(LINEAR.nearest_t(LINEAR.sigma[t]) == t for t in range(1001))
    # On the [0, 1] scale x_t / sqrt(ac_t), shown as a picture, is x0 + sigma eps.
    x0, eps, t = torch.rand(1, 8, dtype=torch.float64), torch.randn(1, 8, dtype=torch.float64), 259
    xt = q_sample(LINEAR, 2 * x0 - 1, torch.tensor([t]), eps)
    shown = (xt / LINEAR.sqrt_alphas_cumprod[t] + 1) / 2
    torch.testing.assert_close(shown, x0 + LINEAR.sigma[t] * eps, rtol=1e-12, atol=1e-12)
    for bad in (-0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"sigma is {bad}"):
            LINEAR.nearest_t(bad)


def test_chained_steps_have_the_closed_form_moments() -> None:
    ac, coefficient, variance = oracles.alphas_cumprod(**SHORT), 1.0, 0.0
    for t, beta in enumerate(oracles.betas(**SHORT), start=1):
        coefficient, variance = math.sqrt(1 - beta) * coefficient, (1 - beta) * variance + beta
        one = torch.ones(1, 1, dtype=torch.float64)
        schedule, at_t = NoiseSchedule(ScheduleConfig(**SHORT)), torch.tensor([t])
        assert float(q_sample(schedule, one, at_t, 0 * one)) == pytest.approx(coefficient, rel=1e-12)
        assert float(q_sample(schedule, 0 * one, at_t, one)) ** 2 == pytest.approx(variance, rel=1e-12)
        assert coefficient**2 == pytest.approx(ac[t], rel=1e-12)


def test_a_simulated_chain_is_distributed_like_one_jump() -> None:
    num, x0 = 100_000, 0.8
    random = torch.Generator().manual_seed(0)
    chain = torch.full((num,), x0, dtype=torch.float64)
    for beta in oracles.betas(**SHORT)[:25]:
        chain = math.sqrt(1 - beta) * chain + math.sqrt(beta) * torch.randn(num, generator=random, dtype=torch.float64)
    eps = torch.randn(num, 1, generator=random, dtype=torch.float64)
    t = torch.full((num,), 25)
    jump = q_sample(NoiseSchedule(ScheduleConfig(**SHORT)), torch.full_like(eps, x0), t, eps)
    ac = oracles.alphas_cumprod(**SHORT)[25]
    for x in (chain, jump):  # 4.5 standard errors of each moment
        z = (x - math.sqrt(ac) * x0) / math.sqrt(1 - ac)
        for moment, (value, error) in {1: (0, 1), 2: (1, 2), 3: (0, 15), 4: (3, 96)}.items():
            assert float((z**moment).mean()) == pytest.approx(value, abs=4.5 * math.sqrt(error / num))


@pytest.mark.parametrize(("t", "t_prev"), [(2, 1), (20, 19), (40, 39), (25, 10), (40, 3)])
def test_the_posterior_is_bayes_rule(t: int, t_prev: int) -> None:
    x0, xt = 0.6, -0.3
    ac, alpha = oracles.alphas_cumprod(**SHORT), math.prod(1 - b for b in oracles.betas(**SHORT)[t_prev:t])
    grid = np.linspace(-6, 6, 200_001)
    prior = (grid - math.sqrt(ac[t_prev]) * x0) ** 2 / (1 - ac[t_prev])
    likelihood = (xt - math.sqrt(alpha) * grid) ** 2 / (1 - alpha)
    posterior = np.exp(-(prior + likelihood - (prior + likelihood).min()) / 2)
    posterior /= posterior.sum()
    wanted_mean = (posterior * grid).sum()
    wanted_variance = (posterior * (grid - wanted_mean) ** 2).sum()

    schedule = NoiseSchedule(ScheduleConfig(**SHORT))
    pictures = [torch.full((1, 1), value, dtype=torch.float64) for value in (x0, xt)]
    mean, variance = q_posterior(schedule, *pictures, torch.tensor([t]), torch.tensor([t_prev]))
    assert float(mean) == pytest.approx(wanted_mean, abs=1e-9)
    assert float(variance) == pytest.approx(wanted_variance, rel=1e-7)
    if t_prev == t - 1:
        assert schedule.posterior_variance[t] == pytest.approx(wanted_variance, rel=1e-7)


def test_the_posterior_at_t_1_is_x0_itself() -> None:
    x0, xt = torch.randn(2, 3, 4, 4, dtype=torch.float64), torch.randn(2, 3, 4, 4, dtype=torch.float64)
    for schedule in (LINEAR, NoiseSchedule(ScheduleConfig(kind="linear", num_timesteps=1, zero_terminal_snr=True))):
        mean, variance = q_posterior(schedule, x0, xt, torch.tensor([1, 1]))
        torch.testing.assert_close(mean, x0, rtol=0, atol=0)
        assert not variance.any()


X = torch.zeros(2, 3, 4, 4)
T = torch.tensor([1, 2])


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (
            lambda: q_sample(LINEAR, X, T, X[:, :1]),
            r"the shape of eps is \(2, 1, 4, 4\); allowed: that of x0, \(2, 3, 4, 4\)",
        ),
        (lambda: q_sample(LINEAR, X, T[:1], X), r"t has shape \(1,\); allowed: one t per picture, \(2,\)"),
        (lambda: q_sample(LINEAR, X, T.float(), X), "t has dtype torch.float32; allowed: integers"),
        (lambda: q_sample(LINEAR, X, T + 999, X), "t reaches from 1000 to 1001; allowed: 0 to 1000"),
        (lambda: q_sample(LINEAR, X, T - 2, X), "t reaches from -1 to 0"),
        (lambda: q_sample(LINEAR, X.byte(), T, X.byte()), "pictures have dtype torch.uint8; allowed: floating point"),
        (lambda: q_posterior(LINEAR, X, X[:1], T), "the shape of xt"),
        (lambda: q_posterior(LINEAR, X, X, T - 1), "t reaches from -1"),
        (lambda: q_posterior(LINEAR, X, X, T, T), "t_prev is .*; allowed: below t"),
        (lambda: at(LINEAR.betas, torch.tensor(3), X), r"t has shape \(\)"),
    ],
)
def test_wrong_tensors_are_named(call: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call()
