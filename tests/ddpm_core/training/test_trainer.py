"""The training loop: what it yields, what it keeps, and that it does train."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ddpm_core.config import DataConfig, SampleConfig, TrainConfig
from ddpm_core.noise import PictureNoise
from ddpm_core.pictures.tensors import to_uint8
from ddpm_core.runs.checkpoint import build_model, load_model
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from ddpm_core.sampler import sample_pictures
from ddpm_core.schedule import NoiseSchedule
from ddpm_core.training import trainer, validation
from ddpm_core.training.optimizer import learning_rate
from ddpm_core.training.trainer import total_steps, train
from tests.support import oracles
from tests.support.toys import TINY_RUN, TOY_INFO, toy_dataset

pytestmark = pytest.mark.usefixtures("toy_data")
Event = TrainStep | EpochEnd


def test_a_run_yields_every_step_and_every_epoch(whole: tuple[list[Event], Path]) -> None:
    """40 pictures in batches of 16: three batches an epoch, the last one of 8."""
    kinds = [(type(event).__name__, event.epoch, event.step) for event in whole[0]]
    steps = [("TrainStep", 1 + k // 3, k + 1) for k in range(9)]
    ends = [("EpochEnd", epoch, 3 * epoch) for epoch in range(4)]
    assert kinds == [ends[0], *steps[:3], ends[1], *steps[3:6], ends[2], *steps[6:], ends[3]]
    assert (total_steps(TINY_RUN, 40), total_steps(TINY_RUN, 32)) == (3 * 3, 3 * 2)


def test_each_epoch_shows_every_picture_once_in_its_own_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, advance = [], trainer._Trainer.advance
    monkeypatch.setattr(trainer._Trainer, "advance", lambda self, ks: (shown.append(ks), advance(self, ks))[1])
    list(train(TINY_RUN, tmp_path / "run"))
    epochs = [torch.cat(shown[i : i + 3]).tolist() for i in (0, 3, 6)]
    assert all(sorted(epoch) == list(range(40)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_the_learning_rate_and_norms_are_what_was_asked_for(whole: tuple[list[Event], Path]) -> None:
    steps = [event for event in whole[0] if isinstance(event, TrainStep)]
    for step in steps:
        progress = (step.step - 1) / 8
        cosine = 0.05 + 0.95 * (1 + math.cos(math.pi * progress)) / 2
        assert step.learning_rate == pytest.approx(2e-3 * cosine * min(1, step.step / 2))
    assert steps[-1].learning_rate == pytest.approx(2e-3 * 0.05)
    assert all(step.grad_norm > 0 and math.isfinite(step.loss) for step in steps)


@pytest.mark.parametrize(
    ("kind", "factors"),
    [
        ("constant", (1, 1, 1)),
        ("linear", (1, 0.55, 0.1)),
        ("cosine", (1, 0.55, 0.1)),
        ("exponential", (1, math.sqrt(0.1), 0.1)),
    ],
)
def test_learning_rate_schedules(kind: str, factors: tuple[float, ...]) -> None:
    config = TrainConfig(learning_rate=0.5, lr_schedule=kind, lr_final_factor=0.1, lr_warmup_steps=4)
    assert [learning_rate(config, 99, p) for p in (0, 0.5, 1)] == pytest.approx([0.5 * f for f in factors])
    assert [learning_rate(config, step, 0) for step in (1, 2, 4, 5)] == pytest.approx([0.125, 0.25, 0.5, 0.5])


# What is kept


def test_kept_epochs_stay_and_the_latest_always_does(tmp_path: Path) -> None:
    there = []
    for event in train(TINY_RUN, tmp_path / "run"):
        if isinstance(event, EpochEnd):
            there.append(RunFolder(tmp_path / "run").epochs)
    assert there == [(0,), (0, 1), (0, 1, 2), (0, 1, 3)]
    run = RunFolder(tmp_path / "run")
    names = {file.name for file in (run.path / "samples").iterdir()}
    assert names == {f"{kind}-{epoch:04d}.png" for kind in ("epoch", "denoise") for epoch in (0, 1, 3)}
    assert [run.header(epoch).step for epoch in run.epochs] == [0, 3, 9]


def test_time_ends_a_run_at_the_end_of_its_learning_rate(tmp_path: Path) -> None:
    events = list(train(replace(TINY_RUN, max_seconds=1e-6), tmp_path / "run"))
    assert [event.epoch for event in events if isinstance(event, EpochEnd)] == [0, 1]
    assert events[-2].learning_rate == pytest.approx(2e-3 * 0.05)
    run = RunFolder(tmp_path / "run")
    assert run.epochs == (0, 1)
    assert run.samples(1).is_file()


def test_the_checkpoint_is_the_average_in_float16(whole: tuple[list[Event], Path]) -> None:
    model, header = load_model(RunFolder(whole[1]).checkpoint(3))
    ema = torch.load(whole[1] / "resume.pt", weights_only=True)["ema"]
    for name, value in model.state_dict().items():
        assert torch.equal(value, ema[name].half().float())
    assert (header.epoch, header.step) == (3, 9)


# That it trains


def validation_loss(config: TrainConfig, weights: dict[str, Tensor]) -> float:
    """Recomputed with the oracle's table: held-out pictures at evenly spread t, noise of the run's seed."""
    model = build_model(config, TOY_INFO)
    model.load_state_dict(weights)
    num, big_t = config.data.num_validation, config.schedule.num_timesteps
    data = toy_dataset(num, 2)
    x0 = data.images.transpose(0, 3, 1, 2) / 127.5 - 1
    eps = PictureNoise(config.seed, num).draw((1, 8, 8)).numpy()
    t = np.array([int((k + 0.5) * big_t / num) + 1 for k in range(num)])
    ac = oracles.alphas_cumprod("cosine", big_t)[t][:, None, None, None]
    xt, v = np.sqrt(ac) * x0 + np.sqrt(1 - ac) * eps, np.sqrt(ac) * eps - np.sqrt(1 - ac) * x0
    with torch.no_grad():
        out = model(torch.from_numpy(xt).float(), torch.from_numpy(t), torch.from_numpy(data.labels)).numpy()
    return float(np.square(out - v).mean())


def test_the_validation_loss_does_not_depend_on_its_batches(
    whole: tuple[list[Event], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "BATCH", 5)  # of 12: two whole batches and a rest
    first = next(train(TINY_RUN, tmp_path / "run"))
    assert first.val_loss == pytest.approx(whole[0][0].val_loss, rel=1e-6)


def test_the_validation_loss_can_be_recomputed(whole: tuple[list[Event], Path]) -> None:
    end, state = whole[0][-1], torch.load(whole[1] / "resume.pt", weights_only=True)
    assert end.val_loss == pytest.approx(validation_loss(TINY_RUN, state["model"]), rel=1e-5)
    assert end.val_loss_ema == pytest.approx(validation_loss(TINY_RUN, state["ema"]), rel=1e-5)


LONGER = replace(
    TINY_RUN, data=DataConfig(num_pictures=256, num_validation=32), num_epochs=8, learning_rate=1e-2, ema_decay=0.9
)


def first_and_last(config: TrainConfig, folder: Path) -> tuple[EpochEnd, EpochEnd]:
    first, *_, last = (event for event in train(config, folder) if isinstance(event, EpochEnd))
    return first, last


def test_the_loss_falls_and_samples_obey_their_label(tmp_path: Path) -> None:
    first, last = first_and_last(LONGER, tmp_path / "run")
    assert last.val_loss < first.val_loss / 3
    assert last.val_loss_ema < first.val_loss_ema / 3

    run = RunFolder(tmp_path / "run")
    model, _ = load_model(run.checkpoint(8))
    config = SampleConfig(num_sampling_steps=20, num_pictures=16)
    *_, end = sample_pictures(model, NoiseSchedule(LONGER.schedule), "v", config, (8, 8))
    pictures = to_uint8(end.x0_hat).astype(float)
    brighter_left = pictures[:, :, :4].mean((1, 2, 3)) > pictures[:, :, 4:].mean((1, 2, 3))
    assert brighter_left.tolist() == [True, False] * 8


@pytest.mark.parametrize(
    "changes",
    [
        {"prediction_type": "eps"},
        {"prediction_type": "x0", "loss_weighting": "min_snr"},
        {"t_per_batch": True},
        {"class_conditional": False, "grad_clip": 0.0, "ema_decay": 0.0, "lr_schedule": "exponential"},
        {"schedule": replace(TINY_RUN.schedule, zero_terminal_snr=True), "loss_weighting": "min_snr"},
    ],
)
def test_every_kind_of_run_trains(tmp_path: Path, changes: dict[str, object]) -> None:
    first, last = first_and_last(replace(LONGER, num_epochs=3, **changes), tmp_path / "run")
    assert last.val_loss_ema < 0.8 * first.val_loss_ema


def test_a_one_step_denoiser_trains(tmp_path: Path) -> None:
    """CS180, part 1: noise of sigma 0.5 on the [0, 1] scale; doing nothing would leave an error of (2 sigma)^2 = 1."""
    unet = replace(TINY_RUN.unet, time_conditioned=False)
    config = replace(LONGER, num_epochs=3, prediction_type="x0", class_conditional=False, denoiser_sigma=0.5, unet=unet)
    _, last = first_and_last(config, tmp_path / "run")
    assert last.val_loss < 0.25
    names = {file.name for file in (tmp_path / "run" / "samples").iterdir()}
    assert names == {f"denoise-{epoch:04d}.png" for epoch in (0, 1, 3)}  # nothing to sample from


def test_bfloat16_trains_too(tmp_path: Path) -> None:
    first, last = first_and_last(replace(LONGER, num_epochs=2, precision="bfloat16"), tmp_path / "run")
    assert last.val_loss < 0.9 * first.val_loss
