"""A run that is stopped, killed or fails: resumed it equals one that was not, to the bit."""

from __future__ import annotations

import errno
import math
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ddpm_core import hardware
from ddpm_core.runs import loss_by_t
from ddpm_core.runs.checkpoint import load_model
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.loss_by_t import read_loss_by_t
from ddpm_core.training import trainer
from ddpm_core.training.objective import BatchLoss, Objective
from ddpm_core.training.trainer import train
from tests.support.resumed import Event, assert_equals_whole, timeless
from tests.support.toys import TINY_RUN, TOY_INFO, toy_dataset

pytestmark = pytest.mark.usefixtures("toy_data")


def stop_after(num: int) -> Callable[[], bool]:
    """should_stop that lets `num` steps pass."""
    left = iter([False] * num)
    return lambda: next(left, True)


@pytest.mark.parametrize("stops", [(0,), (1,), (3,), (4,), (2, 3, 1), (9,)])
def test_stopped_and_resumed_equals_uninterrupted(
    whole: tuple[list[Event], Path], tmp_path: Path, stops: tuple[int, ...]
) -> None:
    """Before the first step, within an epoch, at its end, several times, after the last step: to the bit."""
    folder, events = tmp_path / "stopped", []
    for k, stop in enumerate(stops):
        torch.manual_seed(k)  # the global generator has no say
        events += train(TINY_RUN, folder, should_stop=stop_after(stop))
    events += train(TINY_RUN, folder)
    assert_equals_whole(whole, events, folder)
    assert list(train(TINY_RUN, folder)) == []  # a finished run stays as it is


def test_killed_in_the_middle_equals_uninterrupted(
    whole: tuple[list[Event], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is saved on the way out: it goes on from the last save, and does again what came after it."""
    folder = tmp_path / "killed"
    running = train(TINY_RUN, folder)
    events = [next(running) for _ in range(7)]  # epochs 0 and 1, and step 5: saved at the end of epoch 1
    running.close()
    events = events[:5] + list(train(TINY_RUN, folder))
    assert_equals_whole(whole, events, folder)

    monkeypatch.setattr(trainer, "SAVE_SECONDS", 0.0)  # as after 30 seconds: saved at every step
    folder = tmp_path / "killed later"
    running = train(TINY_RUN, folder)
    events = [next(running) for _ in range(7)]
    running.close()
    assert_equals_whole(whole, events + list(train(TINY_RUN, folder)), folder)


@pytest.mark.parametrize("kills", [(1, 3), (6,), (8, 2)])
def test_augmentation_and_losses_by_t_survive_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: tuple[int, ...]
) -> None:
    """A row of losses averages four steps, so that most kills fall between two rows."""
    monkeypatch.setattr(loss_by_t, "NUM_ROWS", 2)
    config = replace(TINY_RUN, data=replace(TINY_RUN.data, flip=True, shift=2))
    events = list(train(config, tmp_path / "whole"))
    assert read_loss_by_t(RunFolder(tmp_path / "whole"))[0].tolist() == [4, 8, 9]

    folder, again = tmp_path / "killed", []
    for num in kills:  # after so many events, in the midst of a step's work: nothing is saved on the way out
        running = train(config, folder)
        again = [event for event, _ in zip(running, range(num), strict=False)]
        running.close()
    again = list(train(config, folder))
    assert_equals_whole((events, tmp_path / "whole"), events[: len(events) - len(again)] + again, folder)


def test_killed_at_the_very_end_the_last_losses_by_t_are_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last step was saved and the last row written, but before the end of the epoch was saved."""
    monkeypatch.setattr(loss_by_t, "NUM_ROWS", 2)
    monkeypatch.setattr(trainer, "SAVE_SECONDS", 0.0)
    events = list(train(TINY_RUN, tmp_path / "whole"))
    save = trainer._Trainer.save

    def killed(self: trainer._Trainer) -> None:
        if self.epoch == 3:
            raise KeyboardInterrupt
        save(self)

    with monkeypatch.context() as patch:
        patch.setattr(trainer._Trainer, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            list(train(TINY_RUN, tmp_path / "killed"))
    again = events[:-1] + list(train(TINY_RUN, tmp_path / "killed"))
    assert_equals_whole((events, tmp_path / "whole"), again, tmp_path / "killed")
    assert list(train(TINY_RUN, tmp_path / "killed")) == []
    assert read_loss_by_t(RunFolder(tmp_path / "killed"))[0].tolist() == [4, 8, 9]


def test_the_stored_thread_count_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On another machine "all cores" is another number, and sums would run in another order."""
    config = replace(TINY_RUN, num_threads=0)
    monkeypatch.setattr(trainer, "fastest_threads", lambda _: 1)
    list(train(config, tmp_path / "run", should_stop=stop_after(1)))
    monkeypatch.setattr(trainer, "fastest_threads", lambda _: 2)
    next(train(config, tmp_path / "run"))
    assert torch.get_num_threads() == 1


def test_the_csv_logs_hold_each_row_once(whole: tuple[list[Event], Path], tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    for num in (2, 7, 10):  # killed after so many events, each time without saving
        running = train(TINY_RUN, folder)
        for _ in zip(range(num), running, strict=False):
            pass
        running.close()
    (folder / "resume.pt").unlink()  # begin again, over what is there
    events = list(train(TINY_RUN, folder))
    assert timeless(events) == timeless(whole[0])
    for file, kind in (("metrics.csv", TrainStep), ("epochs.csv", EpochEnd)):
        lines = (folder / file).read_text(encoding="utf-8").splitlines()
        assert len(lines) == 1 + sum(isinstance(event, kind) for event in events)


# Failures


def poisoned(monkeypatch: pytest.MonkeyPatch, call: int, value: float) -> None:
    """The loss of the call-th batch becomes `value`."""
    calls, loss = iter(range(1, 100)), Objective.loss

    def poisoned_loss(*args: object) -> BatchLoss:
        batch = loss(*args)
        return batch._replace(mean=batch.mean * value) if next(calls) == call else batch

    monkeypatch.setattr(Objective, "loss", poisoned_loss)


@pytest.mark.parametrize(("value", "named"), [(math.nan, "loss is nan"), (math.inf, "loss is inf")])
def test_a_loss_that_is_not_finite_stops_the_run(
    whole: tuple[list[Event], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float, named: str
) -> None:
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        poisoned(patch, 5, value)
        running = train(TINY_RUN, folder)
        events = [next(running) for _ in range(6)]  # epochs 0 and 1, and step 4
        with pytest.raises(ValueError, match=rf"{named} at step 5 \(epoch 2, batch 2\).*last checkpoint is intact"):
            next(running)
    assert RunFolder(folder).epochs == (0, 1)
    load_model(RunFolder(folder).checkpoint(1))
    assert_equals_whole(whole, events[:5] + list(train(TINY_RUN, folder)), folder)


def test_nan_in_the_data_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "scaled", lambda images: images.float().where(images < 250, math.nan))
    data = toy_dataset(40, 1)
    data.images[:, 0, 0] = 255
    monkeypatch.setattr(trainer, "load_dataset", lambda *_: data)
    running: Iterator[Event] = train(TINY_RUN, tmp_path / "run")
    assert next(running).epoch == 0
    with pytest.raises(ValueError, match=r"loss is nan at step 1 \(epoch 1, batch 1\)"):
        next(running)
    load_model(RunFolder(tmp_path / "run").checkpoint(0))


def test_a_full_disk_keeps_the_last_state(
    whole: tuple[list[Event], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, save = tmp_path / "run", torch.save
    events = list(train(TINY_RUN, folder, should_stop=stop_after(4)))
    before = (folder / "resume.pt").read_bytes()

    def half_of_it(state: object, file: Path) -> None:
        file.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", half_of_it)
        with pytest.raises(OSError, match="No space left"):
            list(train(TINY_RUN, folder))
    assert torch.save is save
    assert (folder / "resume.pt").read_bytes() == before
    assert list(folder.rglob("*.part")) == []
    assert_equals_whole(whole, events + list(train(TINY_RUN, folder)), folder)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.write_text, (self.path, "exploded")


def test_resume_pt_is_no_way_in(tmp_path: Path) -> None:
    """Foreign, damaged or dangerous: refused by name, nothing run."""
    folder = tmp_path / "run"
    list(train(TINY_RUN, folder, should_stop=stop_after(1)))
    whole = (folder / "resume.pt").read_bytes()
    torch.save({"position": Bomb(tmp_path / "proof")}, tmp_path / "bomb.pt")
    for content in (whole[:-100], b"", pickle.dumps(Bomb(tmp_path / "proof"), 2), (tmp_path / "bomb.pt").read_bytes()):
        (folder / "resume.pt").write_bytes(content)
        with pytest.raises(ValueError, match=r"resume.pt cannot be resumed from .* Remove it to train the run again"):
            next(train(TINY_RUN, folder))
    assert not (tmp_path / "proof").exists()
    (folder / "resume.pt").write_bytes(whole)
    assert isinstance(next(train(TINY_RUN, folder)), TrainStep)


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("other", 1)):
        list(train(replace(TINY_RUN, seed=seed), tmp_path / name, should_stop=stop_after(1)))
    (tmp_path / "one" / "resume.pt").replace(tmp_path / "other" / "resume.pt")
    with pytest.raises(ValueError, match="belongs to another run"):
        next(train(replace(TINY_RUN, seed=1), tmp_path / "other"))
    with pytest.raises(ValueError, match="holds another run"):
        next(train(replace(TINY_RUN, seed=2), tmp_path / "one"))


def test_data_that_do_not_fit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = replace(TINY_RUN.unet, channel_mults=(1, 1, 1, 1, 1))
    with pytest.raises(ValueError, match=r"the picture size is \(8, 8\); allowed: multiples of 16"):
        next(train(replace(TINY_RUN, unet=deep), tmp_path / "run"))
    data = toy_dataset(8, 0)
    monkeypatch.setattr(trainer, "load_dataset", lambda *_: replace(data, info=replace(TOY_INFO, class_names=())))
    with pytest.raises(ValueError, match=r"class_conditional is True, but toy has no labels. Set it False"):
        next(train(TINY_RUN, tmp_path / "run"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="device is 'cuda', but torch sees no GPU here"):
        next(train(replace(TINY_RUN, device="cuda"), tmp_path / "run"))


def test_a_run_goes_on_on_another_machine(whole: tuple[list[Event], Path], tmp_path: Path) -> None:
    """A GPU's random state is 16 bytes, which no CPU can go on from; nor has every machine so many cores."""
    folder = tmp_path / "run"
    begun = list(train(replace(TINY_RUN, num_threads=0), folder, should_stop=stop_after(3)))
    state = torch.load(folder / "resume.pt", weights_only=True)
    torch.save(state | {"generator": torch.zeros(16, dtype=torch.uint8), "num_threads": 1000}, folder / "resume.pt")
    events = begun + list(train(replace(TINY_RUN, num_threads=0), folder))
    assert [event.step for event in events] == [event.step for event in whole[0]]
    assert torch.get_num_threads() <= hardware.num_cores()
    assert torch.load(folder / "resume.pt", weights_only=True)["num_threads"] <= hardware.num_cores()
