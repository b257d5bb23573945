"""Pictures while a run trains, runs that begin at another's checkpoint, and losses by t."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from ddpm_core.runs.checkpoint import load_model
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import NUM_T_BINS, EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.loss_by_t import read_loss_by_t, window_steps
from ddpm_core.schedule import NoiseSchedule
from ddpm_core.training import previews
from ddpm_core.training.loss_window import LossWindow
from ddpm_core.training.trainer import train
from tests.support.resumed import Event, assert_equals_whole
from tests.support.toys import TINY_RUN, TOY_INFO

pytestmark = pytest.mark.usefixtures("toy_data")
ONE_STEP = replace(
    TINY_RUN,
    prediction_type="x0",
    class_conditional=False,
    denoiser_sigma=0.5,
    unet=replace(TINY_RUN.unet, time_conditioned=False),
)


# Pictures while it trains


def test_live_pictures_change_nothing(whole: tuple[list[Event], Path], tmp_path: Path) -> None:
    folder = tmp_path / "live"
    events = list(train(TINY_RUN, folder, live_seconds=1e-9))
    assert_equals_whole(whole, events, folder)
    with Image.open(RunFolder(folder).live) as picture:
        assert picture.size == (10 * 8, 8)
    assert not RunFolder(whole[1]).live.exists()


def test_live_pictures_are_of_the_weights_of_this_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "LIVE_SHARE", 1e9)
    seen = []
    for event in train(TINY_RUN, tmp_path / "run", live_seconds=1e-9):
        if isinstance(event, TrainStep) and event.step > 1:  # drawn once the step before was told of
            seen.append(RunFolder(tmp_path / "run").live.read_bytes())
    assert len(set(seen)) == len(seen) == 8


def test_live_pictures_wait_their_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every 5 s as asked, where drawing is quick; every 20 times as long as it takes, where it is not."""
    now, drawn, cost = 0.0, [], 0.0

    def draw(*_: object) -> None:
        nonlocal now
        drawn.append(now)
        now += cost

    run = RunFolder.create(tmp_path / "run", TINY_RUN, TOY_INFO)
    monkeypatch.setattr(previews.time, "monotonic", lambda: now)
    monkeypatch.setattr(previews, "save_grid", draw)
    step = SimpleNamespace(x0_hat=torch.zeros(1, 1, 8, 8))
    monkeypatch.setattr(previews, "sample_pictures", lambda *_: [step])
    for cost, wanted in (  # noqa: B007 - `draw` reads cost
        (0.0, [1.0, 6.0, 11.0, 16.0]),
        (0.5, [1.0, 12.0]),
    ):
        live, now = previews.LivePicture(run, NoiseSchedule(TINY_RUN.schedule), torch.zeros(0), 5.0), 0.0
        drawn.clear()
        while now < 19:
            now += 1.0
            live.update(None)  # type: ignore[arg-type]
        assert [round(at) for at in drawn] == wanted


def test_a_one_step_denoiser_shows_what_it_makes_of_noisy_pictures(tmp_path: Path) -> None:
    list(train(ONE_STEP, tmp_path / "run", live_seconds=1e-9))
    with Image.open(RunFolder(tmp_path / "run").live) as picture:
        assert picture.size == (10 * 8, 8)


# Branches


def test_a_branch_begins_with_its_start(whole: tuple[list[Event], Path], tmp_path: Path) -> None:
    """Other settings, the weights of epoch 1: epoch 0 of the branch is that epoch, to the bit."""
    folder, config = tmp_path / "branch", replace(TINY_RUN, learning_rate=1e-4, seed=5)
    folder.mkdir()
    (folder / "start.safetensors").write_bytes(RunFolder(whole[1]).checkpoint(1).read_bytes())
    first, *others = train(config, folder)
    begun, _ = load_model(RunFolder(folder).checkpoint(0))
    source, _ = load_model(RunFolder(whole[1]).checkpoint(1))
    for name, value in begun.state_dict().items():
        assert torch.equal(value, source.state_dict()[name])
    assert isinstance(first, EpochEnd)
    assert first.val_loss == first.val_loss_ema
    assert first.val_loss < whole[0][0].val_loss  # type: ignore[union-attr]
    assert others[-1].epoch == 3


def test_a_start_that_does_not_fit_is_refused(whole: tuple[list[Event], Path], tmp_path: Path) -> None:
    folder, wider = tmp_path / "branch", replace(TINY_RUN, unet=replace(TINY_RUN.unet, base_channels=12))
    folder.mkdir()
    (folder / "start.safetensors").write_bytes(RunFolder(whole[1]).checkpoint(1).read_bytes())
    with pytest.raises(ValueError, match=r"start.safetensors does not fit this run's network"):
        next(train(wider, folder))


def test_a_resumed_branch_does_not_begin_again(whole: tuple[list[Event], Path], tmp_path: Path) -> None:
    events = {}
    for name in ("whole", "stopped"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "start.safetensors").write_bytes(RunFolder(whole[1]).checkpoint(1).read_bytes())
        events[name] = []
        if name == "stopped":
            answers = iter([False, False])
            events[name] = list(train(TINY_RUN, folder, should_stop=lambda answers=answers: next(answers, True)))
        events[name] += list(train(TINY_RUN, folder))
    assert_equals_whole((events["whole"], tmp_path / "whole"), events["stopped"], tmp_path / "stopped")


# Losses by t


@pytest.mark.parametrize("big_t", [7, 20, 40, 1000])
def test_losses_are_averaged_in_twenty_parts_of_all_t(big_t: int) -> None:
    rng = np.random.default_rng(big_t)
    t, losses = rng.integers(1, big_t + 1, 300), rng.random(300)
    window = LossWindow(big_t, torch.device("cpu"))
    for part in range(0, 300, 50):
        window.add(torch.from_numpy(t[part : part + 50]), torch.from_numpy(losses[part : part + 50]))
    row = window.close(6)
    assert row.step == 6
    assert len(row.losses) == NUM_T_BINS
    for k, mean in enumerate(row.losses):
        low, high = k * big_t / NUM_T_BINS, (k + 1) * big_t / NUM_T_BINS
        among = losses[(low < t) & (t <= high)]
        assert mean == pytest.approx(among.mean() if len(among) else np.nan, nan_ok=True)
    assert np.isnan(window.close(7).losses).all()


def test_a_run_writes_a_row_per_window(whole: tuple[list[Event], Path]) -> None:
    steps, losses = read_loss_by_t(RunFolder(whole[1]))
    assert steps.tolist() == list(range(1, 10))  # nine steps in all: each is a window of its own
    assert losses.shape == (9, NUM_T_BINS)
    assert np.isnan(losses).any()  # 16 pictures do not fall on 20 parts
    trained = [event.loss for event in steps_of(whole[0])]
    assert (np.nanmin(losses, axis=1) <= trained).all()
    assert (np.nanmax(losses, axis=1) >= trained).all()
    assert (window_steps(1500), window_steps(200_000), window_steps(3)) == (8, 1000, 1)


def steps_of(events: Iterable[Event]) -> list[TrainStep]:
    return [event for event in events if isinstance(event, TrainStep)]


def test_a_run_without_t_has_no_losses_by_t(tmp_path: Path) -> None:
    list(train(replace(ONE_STEP, num_epochs=1), tmp_path / "run"))
    steps, losses = read_loss_by_t(RunFolder(tmp_path / "run"))
    assert (len(steps), losses.shape) == (0, (0, NUM_T_BINS))
    assert CsvLog(tmp_path / "run" / "metrics.csv", TrainStep).rows()
