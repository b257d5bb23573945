"""eps, x0 and v: conversions there and back, clipping, losses and their weights, and what a batch is trained on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from ddpm_core.config import PredictionType, ScheduleConfig, TrainConfig
from ddpm_core.prediction import clipped_output, min_snr_weights, per_picture_loss, read_prediction, training_target
from ddpm_core.schedule import NoiseSchedule, q_sample
from ddpm_core.training.objective import Objective
from tests.support import oracles

SCHEDULES = {
    name: NoiseSchedule(config)
    for name, config in {
        "linear": ScheduleConfig(kind="linear"),
        "cosine": ScheduleConfig(kind="cosine"),
        "zero terminal": ScheduleConfig(kind="linear", zero_terminal_snr=True),
    }.items()
}
LINEAR = SCHEDULES["linear"]


def pictures(seed: int, num: int = 3) -> tuple[Tensor, Tensor]:
    """x0 in [-1, 1] and eps, float64."""
    random = torch.Generator().manual_seed(seed)
    x0 = torch.rand(num, 2, 3, 3, generator=random, dtype=torch.float64) * 2 - 1
    return x0, torch.randn(num, 2, 3, 3, generator=random, dtype=torch.float64)


@given(
    st.sampled_from(sorted(SCHEDULES)), st.sampled_from(["eps", "x0", "v"]), st.integers(1, 1000), st.integers(0, 99)
)
@settings(max_examples=150, deadline=None)
def test_every_target_leads_back_to_x0_and_eps(name: str, kind: PredictionType, t: int, seed: int) -> None:
    schedule = SCHEDULES[name]
    x0, eps = pictures(seed)
    ts = torch.full((3,), t)
    if kind == "eps" and schedule.alphas_cumprod[t] == 0:
        return
    xt = q_sample(schedule, x0, ts, eps)
    target = training_target(schedule, kind, x0, eps, ts)
    for clip in (False, True):  # x0 is within [-1, 1]: clipping changes nothing
        x0_hat, eps_hat = read_prediction(schedule, kind, target, xt, ts, clip=clip)
        torch.testing.assert_close(x0_hat, x0, rtol=0, atol=1e-11)
        # From x0 back to eps at t = 1, rounding grows by 1 / sqrt(beta_1), at most 160 here.
        torch.testing.assert_close(eps_hat, eps, rtol=0, atol=1e-11 if not clip else 1e-8)


def test_v_is_the_velocity_of_the_rotation() -> None:
    x0, eps = pictures(0)
    angle = math.acos(math.sqrt(oracles.alphas_cumprod("linear", 1000)[300]))  # 2202.00512, appendix D
    v = training_target(LINEAR, "v", x0, eps, torch.full((3,), 300))
    torch.testing.assert_close(v, math.cos(angle) * eps - math.sin(angle) * x0, rtol=0, atol=1e-12)


def test_at_zero_snr_v_is_minus_x0() -> None:
    schedule, t = SCHEDULES["zero terminal"], torch.full((3,), 1000)
    x0, eps = pictures(1)
    torch.testing.assert_close(training_target(schedule, "v", x0, eps, t), -x0, rtol=0, atol=0)
    x0_hat, eps_hat = read_prediction(schedule, "v", -x0, eps, t)
    torch.testing.assert_close((x0_hat, eps_hat), (x0, eps), rtol=0, atol=0)


@pytest.mark.parametrize("kind", ["eps", "x0", "v"])
def test_clipping_derives_eps_hat_again(kind: PredictionType) -> None:
    xt, output = pictures(2)[1] * 3, pictures(3)[1] * 3
    for t in (1, 500, 1000):
        x0_hat, eps_hat = read_prediction(LINEAR, kind, output, xt, torch.full((3,), t), clip=True)
        assert float(x0_hat.abs().max()) == 1, t
        ac = oracles.alphas_cumprod("linear", 1000)[t]
        again = math.sqrt(ac) * x0_hat + math.sqrt(1 - ac) * eps_hat
        assert float((again - xt).abs().max()) <= 1e-12, t


X = torch.zeros(2, 1, 2, 2)
T = torch.tensor([1, 1000])
ZERO = SCHEDULES["zero terminal"]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: read_prediction(ZERO, "eps", X, X, T), "'eps' at a t with alphas_cumprod 0; allowed there: 'v'"),
        (lambda: read_prediction(LINEAR, "v", X, X, T - 1), "t reaches from 0 to 999; allowed: 1 to 1000"),
        (lambda: read_prediction(LINEAR, "v", X[:, :, :1], X, T), "the shape of output is .*; allowed: that of xt"),
        (lambda: read_prediction(LINEAR, "epsilon", X, X, T), "prediction_type is 'epsilon'; allowed: eps, x0, v"),
        (lambda: training_target(LINEAR, "velocity", X, X, T), "prediction_type is 'velocity'; allowed: eps, x0, v"),
        (lambda: training_target(LINEAR, "v", X, X[:1], T), "the shape of eps is .*; allowed: that of x0"),
        (lambda: per_picture_loss(X, X[:1]), "the shape of output is .*; allowed: that of target"),
    ],
)
def test_wrong_input_is_named(call: Callable[[], object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call()


def test_loss_is_the_mean_of_squares_of_each_picture() -> None:
    a, b = pictures(4)
    wanted = [np.square(x - y).mean() for x, y in zip(a.numpy(), b.numpy(), strict=True)]
    np.testing.assert_allclose(per_picture_loss(a, b), wanted, rtol=1e-6)


def test_min_snr_weighs_the_same_error_alike_in_every_kind() -> None:
    """2303.09556: each kind's weight makes its loss min(snr, gamma) times the error of x0_hat."""
    ts, gamma = torch.tensor([1, 40, 150, 400, 1000]), 5.0
    (x0, eps), (wrong, _) = pictures(5, num=5), pictures(6, num=5)
    ac = oracles.alphas_cumprod("linear", 1000)[ts.numpy()]
    snr = ac / (1 - ac)
    wanted = np.minimum(snr, gamma) * np.square((wrong - x0).numpy()).mean((1, 2, 3))
    xt = q_sample(LINEAR, x0, ts, eps)
    wrong_eps = read_prediction(LINEAR, "x0", wrong, xt, ts).eps_hat
    for kind in ("eps", "x0", "v"):
        losses = per_picture_loss(
            training_target(LINEAR, kind, wrong, wrong_eps, ts), training_target(LINEAR, kind, x0, eps, ts)
        )
        weights = min_snr_weights(LINEAR, kind, gamma, ts)
        np.testing.assert_allclose(weights * losses, wanted, rtol=1e-5)
    assert min_snr_weights(ZERO, "v", gamma, torch.tensor([1000])).tolist() == [0]


class Recorder(nn.Module):
    """A network that answers 0 and keeps what it was shown."""

    num_classes = 4

    def forward(self, xt: Tensor, t: Tensor | None, label: Tensor | None) -> Tensor:
        self.xt, self.t, self.label = xt, t, label
        return torch.zeros_like(xt)


def shown(config: TrainConfig, num: int, labels: Tensor | None = None) -> tuple[Recorder, float]:
    """What a network sees of a batch of grey pictures, and the loss."""
    recorder, random = Recorder(), torch.Generator().manual_seed(7)
    loss = Objective(config, NoiseSchedule(config.schedule)).loss(
        recorder, torch.full((num, 1, 2, 2), 0.5), labels, random
    )
    return recorder, float(loss.mean)


@pytest.mark.parametrize("p_uncond", [0.0, 0.1, 0.5])
def test_labels_are_dropped_at_the_rate_asked_for(p_uncond: float) -> None:
    num = 20_000
    labels = torch.arange(num) % 4
    recorder, _ = shown(TrainConfig(p_uncond=p_uncond), num, labels)
    dropped = recorder.label == 4
    assert torch.equal(recorder.label[~dropped], labels[~dropped])
    assert float(dropped.double().mean()) == pytest.approx(p_uncond, abs=4 * math.sqrt(p_uncond * (1 - p_uncond) / num))


def test_every_picture_has_its_own_t_all_equally_often() -> None:
    num, big_t = 20_000, 10
    config = TrainConfig(schedule=ScheduleConfig(num_timesteps=big_t))
    counts = torch.bincount(shown(config, num)[0].t, minlength=big_t + 1)
    assert counts[0] == 0
    assert len(counts) == big_t + 1
    expected = num / big_t
    assert float(((counts[1:] - expected) ** 2 / expected).sum()) < 27.9  # chi-squared, 9 degrees, p = 0.001
    assert len(shown(replace(config, t_per_batch=True), 64)[0].t.unique()) == 1


def test_a_one_step_denoiser_sees_x0_plus_sigma_eps_on_the_0_1_scale() -> None:
    config = TrainConfig(
        prediction_type="x0",
        class_conditional=False,
        denoiser_sigma=0.5,
        unet=replace(TrainConfig().unet, time_conditioned=False),
    )
    recorder, loss = shown(config, 20_000)
    in_unit_scale = (recorder.xt + 1) / 2
    assert recorder.t is None
    assert float(in_unit_scale.mean()) == pytest.approx(0.75, abs=4 * 0.5 / math.sqrt(80_000))
    assert float(in_unit_scale.std()) == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(160_000))
    assert loss == pytest.approx(0.25)  # the target is x0 = 0.5, the answer 0


def test_the_loss_of_a_batch_is_the_weighted_mean() -> None:
    config = TrainConfig(schedule=ScheduleConfig(kind="linear"), loss_weighting="min_snr")
    recorder, loss = shown(config, 500)
    ac = oracles.alphas_cumprod("linear", 1000)[recorder.t.numpy()][:, None, None, None]
    eps = (recorder.xt.numpy() - np.sqrt(ac) * 0.5) / np.sqrt(1 - ac)
    v = np.sqrt(ac) * eps - np.sqrt(1 - ac) * 0.5
    snr = (ac / (1 - ac)).ravel()
    wanted = (np.minimum(snr, 5) / (snr + 1) * np.square(v).mean((1, 2, 3))).mean()
    assert loss == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("kind", ["eps", "x0", "v"])
def test_a_clipped_loss_forgives_only_what_clipping_puts_right(kind: PredictionType) -> None:
    """Its error, read as x0_hat, is that of x0_hat, or 0 where x0 is black or white and x0_hat lies beyond."""
    schedule, random = SCHEDULES["cosine"], torch.Generator().manual_seed(3)
    num = 400
    t = torch.randint(1, 1001, (num,), generator=random)
    x0 = torch.rand((num, 1, 2, 2), generator=random) * 2 - 1
    x0[:150], x0[150:300] = -1, 1
    eps = torch.randn(x0.shape, generator=random)
    target = training_target(schedule, kind, x0, eps, t)
    output = (target + 0.3 * torch.randn(x0.shape, generator=random)).double()
    xt = q_sample(schedule, x0, t, eps)
    x0_hat, got = (
        read_prediction(schedule, kind, answer, xt.double(), t).x0_hat
        for answer in (output, clipped_output(kind, output, target.double(), x0))
    )
    beyond = ((x0 == -1) & (x0_hat < -1)) | ((x0 == 1) & (x0_hat > 1))
    assert 200 < int(beyond.sum()) < 1000
    torch.testing.assert_close(got, torch.where(beyond, x0.double(), x0_hat), atol=1e-4, rtol=1e-4)


def test_the_best_answer_to_a_clipped_loss_is_still_the_mean() -> None:
    """A pixel that is ink (0.4) one time in ten, else black: both losses are least at -0.86."""
    x0 = torch.full((10, 1, 1, 1), -1.0)
    x0[0] = 0.4
    answers = torch.linspace(-1.2, 0, 1201)
    losses = [
        float(per_picture_loss(clipped_output("x0", answer.expand_as(x0), x0, x0), x0).mean()) for answer in answers
    ]
    assert float(answers[int(np.argmin(losses))]) == pytest.approx(-0.86, abs=0.002)


def test_a_run_says_whether_its_loss_is_clipped() -> None:
    x0, random = torch.full((64, 1, 2, 2), -1.0), torch.Generator()
    config = TrainConfig(class_conditional=False, prediction_type="x0")

    class Blacker(nn.Module):
        def forward(self, xt: Tensor, t: Tensor, label: Tensor | None) -> Tensor:
            return torch.full_like(xt, -1.5)

    for clipped, wanted in ((False, 0.25), (True, 0.0)):
        objective = Objective(replace(config, clipped_loss=clipped), SCHEDULES["cosine"])
        assert float(objective.loss(Blacker(), x0, None, random).mean) == pytest.approx(wanted)  # type: ignore[arg-type]
