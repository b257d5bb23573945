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


NAMES = {
    "np": np,
    "t": T,
    "s": S,
    "eta": ETA,
    "scale": SCALE,
    "betas": SCHEDULE.betas,
    "alphas": SCHEDULE.alphas,
    "ac": SCHEDULE.alphas_cumprod,
    **{name: pictures(i) for i, name in enumerate(("x0", "eps", "xt", "z", "output", "target"))},
    "conditional": pictures(7),
    "unconditional": pictures(8),
}


class TwoAnswers(torch.nn.Module):
    """A network that says `conditional` for a class and `unconditional` for the null label."""

    num_classes = 1

    def forward(self, xt: torch.Tensor, t: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        answers = torch.from_numpy(np.stack([NAMES["conditional"], NAMES["unconditional"]]))
        return torch.stack([answers[int(c), k % 2] for k, c in enumerate(label)])


def computed(name: str) -> NDArray[np.float64] | float:
    """What ddpm_core computes for the formula `name`."""
    x0, eps, xt, z, output, target = (torch.from_numpy(NAMES[n]) for n in ("x0", "eps", "xt", "z", "output", "target"))
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
def test_the_numeric_form_is_what_the_function_computes(name: str) -> None:
    stated = eval(FORMULAS[name].numeric, {"__builtins__": {}}, NAMES)
    np.testing.assert_allclose(computed(name), stated, rtol=1e-6)


def test_the_named_functions_exist_and_the_latex_is_balanced() -> None:
    for name, formula in FORMULAS.items():
        assert source_of(formula.function).lstrip("@").startswith(("def ", "class ")), name
        assert formula.latex.count("{") == formula.latex.count("}"), name
        assert "arXiv" in formula.source, name
