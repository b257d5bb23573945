"""Every formula on screen says what the function beside it computes."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ddpm_core.config import ScheduleConfig
from ddpm_core.formulas import FORMULAS
from ddpm_core.prediction import Prediction, per_picture_loss, read_prediction, training_target
from ddpm_core.quality.linear_baseline import linear_baseline_loss
from ddpm_core.sampler import ddim_step, noised_start, predictor
from ddpm_core.schedule import NoiseSchedule, q_posterior, q_sample
from ui.lesson import source_of

SCHEDULE = NoiseSchedule(ScheduleConfig(kind="cosine", num_timesteps=60))
T, S, ETA, SCALE = 37, 21, 0.6, 2.5


def pictures(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal((2, 3, 4, 4))


X0, EPS, XT, Z, OUTPUT, TARGET, CONDITIONAL, UNCONDITIONAL = (pictures(i) for i in range(8))


def stated(name: str) -> NDArray[np.float64] | float:
    """The right-hand side of the formula `name`, over the schedule's tables; s is t_prev."""
    t, s, betas, ac = T, S, SCHEDULE.betas, SCHEDULE.alphas_cumprod
    variance = ETA**2 * (1 - ac[s]) / (1 - ac[t]) * (1 - ac[t] / ac[s])
    return {
        "alphas_cumprod": np.prod(1 - betas[: t + 1]),
        "q_sample": np.sqrt(ac[t]) * X0 + np.sqrt(1 - ac[t]) * EPS,
        "sigma": np.sqrt((1 - ac[t]) / ac[t]) / 2,
        "snr": ac[t] / (1 - ac[t]),
        "loss_simple": np.mean((OUTPUT - TARGET) ** 2, axis=(1, 2, 3)),
        "v_target": np.sqrt(ac[t]) * EPS - np.sqrt(1 - ac[t]) * X0,
        "linear_baseline": np.array([ac[t], 1 - ac[t], 1]),
        "x0_from_eps": (XT - np.sqrt(1 - ac[t]) * EPS) / np.sqrt(ac[t]),
        "q_posterior": np.sqrt(ac[t - 1]) * betas[t] / (1 - ac[t]) * X0
        + np.sqrt(SCHEDULE.alphas[t]) * (1 - ac[t - 1]) / (1 - ac[t]) * XT,
        "ddim_step": np.sqrt(ac[s]) * X0 + np.sqrt(1 - ac[s] - variance) * EPS + np.sqrt(variance) * Z,
        "sdedit": np.sqrt(ac[t]) * X0 + np.sqrt(1 - ac[t]) * EPS,
        "guidance": UNCONDITIONAL + SCALE * (CONDITIONAL - UNCONDITIONAL),
    }[name]


class TwoAnswers(torch.nn.Module):
    """A network that says `conditional` for a class and `unconditional` for the null label."""

    num_classes = 1

    def forward(self, xt: torch.Tensor, t: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        answers = torch.from_numpy(np.stack([CONDITIONAL, UNCONDITIONAL]))
        return torch.stack([answers[int(c), k % 2] for k, c in enumerate(label)])


def computed(name: str) -> NDArray[np.float64] | float:
    """What ddpm_core computes for the formula `name`."""
    x0, eps, xt, z, output, target = (torch.from_numpy(array) for array in (X0, EPS, XT, Z, OUTPUT, TARGET))
    t = torch.tensor([T, T])
    values = {
        "alphas_cumprod": lambda: SCHEDULE.alphas_cumprod[T],
        "q_sample": lambda: q_sample(SCHEDULE, x0, t, eps),
        "sigma": lambda: SCHEDULE.sigma[T],
        "snr": lambda: SCHEDULE.snr[T],
        "loss_simple": lambda: per_picture_loss(output, target),
        "v_target": lambda: training_target(SCHEDULE, "v", x0, eps, t),
        "linear_baseline": lambda: [linear_baseline_loss(SCHEDULE, kind)[T] for kind in ("eps", "x0", "v")],
        "x0_from_eps": lambda: read_prediction(SCHEDULE, "eps", eps, xt, t).x0_hat,
        "q_posterior": lambda: q_posterior(SCHEDULE, x0, xt, t)[0],
        "ddim_step": lambda: ddim_step(SCHEDULE, ETA, T, S, x0, eps, lambda: z),
        "sdedit": lambda: noised_start(SCHEDULE, x0, T, eps),
        "guidance": lambda: guided(xt).eps_hat,
    }
    return np.asarray(values[name]())


def guided(xt: torch.Tensor) -> Prediction:
    predict = predictor(
        TwoAnswers().double().requires_grad_(False), SCHEDULE, "eps", torch.zeros(2).long(), SCALE, False
    )
    return predict(xt, T)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_is_what_the_function_beside_it_computes(name: str) -> None:
    np.testing.assert_allclose(computed(name), stated(name), rtol=1e-6)


def test_the_named_functions_exist_and_the_latex_is_balanced() -> None:
    for name, formula in FORMULAS.items():
        assert source_of(formula.function).lstrip("@").startswith(("def ", "class ")), name
        assert formula.latex.count("{") == formula.latex.count("}"), name
        assert "arXiv" in formula.source, name
