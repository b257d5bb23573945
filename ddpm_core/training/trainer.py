"""The training loop, as a generator: it yields what happened, and can be stopped and resumed, on a CPU to the bit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import nan
from pathlib import Path

import torch
from torch import Tensor

from ddpm_core.config import KINDS_WITH_T, TrainConfig
from ddpm_core.data import Dataset, load_dataset
from ddpm_core.errors import Message, require
from ddpm_core.hardware import check_batch_fits, fastest_threads, keep_freed_memory, num_cores, pick_device
from ddpm_core.pictures.tensors import scaled, to_tensor
from ddpm_core.runs.checkpoint import build_model, load_model, save_checkpoint
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, LossByT, TrainStep
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.loss_by_t import window_steps
from ddpm_core.schedule import NoiseSchedule
from ddpm_core.training.augment import augment
from ddpm_core.training.learner import Learner
from ddpm_core.training.objective import Objective
from ddpm_core.training.optimizer import learning_rate
from ddpm_core.training.pending_steps import PendingSteps
from ddpm_core.training.previews import LivePicture, save_previews
from ddpm_core.training.resume import read_resume, write_resume
from ddpm_core.training.validation import Validation

SAVE_SECONDS = 30.0
"""Longest training time between two saves of resume.pt."""


def total_steps(config: TrainConfig, num_pictures: int) -> int:
    """Steps of a whole run; the last batch of an epoch may be smaller."""
    return config.num_epochs * -(-num_pictures // config.batch_size)


def train(
    config: TrainConfig,
    run_dir: Path,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    live_seconds: float = 0.0,
) -> Iterator[TrainStep | EpochEnd]:
    """Train a run into its folder, resuming where resume.pt says; yields EpochEnd for epoch 0, then all that happens.

    should_stop is asked before each step; once true, the state is saved and the iteration ends. live_seconds above 0
    writes pictures from the current weights to RunFolder.live about that often; training stays the same to the bit.
    Raises ValueError for data that do not fit the network, a batch that does not fit the device's memory, or a loss
    that is not finite (the last checkpoint stays).
    """
    trainer = _Trainer(config, run_dir)
    live = LivePicture(trainer.run, trainer.schedule, trainer.validation.x0, live_seconds)
    if trainer.run.resume.exists():
        trainer.load()
    else:
        trainer.begin()
        yield trainer.end_epoch()
    while not trainer.done:
        for batch in trainer.batches():
            if should_stop():
                yield from trainer.arrived()
                trainer.save()
                return
            yield from trainer.advance(batch)
            live.update(trainer.learner.ema.module)
        yield from trainer.arrived()
        yield trainer.end_epoch()


class _Trainer:
    """The state of a run: everything here that changes is in resume.pt."""

    def __init__(self, config: TrainConfig, run_dir: Path) -> None:
        keep_freed_memory()
        self.config = config
        self.device = pick_device(config)
        self.num_threads = config.num_threads or num_cores()
        torch.set_num_threads(self.num_threads)
        data, held_out = load_dataset(config.data, "train"), load_dataset(config.data, "validation")
        with torch.random.fork_rng(devices=[]):  # torch initialises layers from its global seed only
            torch.manual_seed(config.seed)
            model = build_model(config, data.info)
        _check(config, data)
        self.run = RunFolder.create(run_dir, config, data.info)
        self.steps = CsvLog(self.run.metrics, TrainStep)
        self.ends = CsvLog(self.run.epoch_metrics, EpochEnd)
        self.losses_by_t = CsvLog(self.run.loss_by_t, LossByT)

        self.schedule = NoiseSchedule(config.schedule)
        objective = Objective(config, self.schedule.on(self.device))
        self.learner = Learner(config, objective, model, self.device)

        # Bytes stay on the device and are scaled batch by batch: a loader would only slow this down.
        self.images = torch.from_numpy(data.images.transpose(0, 3, 1, 2).copy()).to(self.device)
        self.labels = torch.from_numpy(data.labels).to(self.device) if model.num_classes else None
        labels = torch.from_numpy(held_out.labels).to(self.device) if model.num_classes else None
        self.validation = Validation(objective, to_tensor(held_out.images, self.device), labels, config.seed)
        self.total_steps = total_steps(config, len(self.images))
        self.window = window_steps(self.total_steps)
        self.epoch = self.batch = self.num_steps = 0
        self.seconds = self.saved_at = 0.0
        self.pending = PendingSteps(self.device)

    def begin(self) -> None:
        """Forget an attempt that left nothing to resume from; take the weights of a branch; fit the machine."""
        for log in (self.steps, self.ends, self.losses_by_t):
            log.path.unlink(missing_ok=True)
        if self.run.start.exists():
            source, _ = load_model(self.run.start, str(self.device))
            try:
                for network in (self.learner.model, self.learner.ema.module):
                    network.load_state_dict(source.state_dict())
            except RuntimeError as error:
                raise ValueError(Message("training.start_does_not_fit", path=self.run.start, reason=error)) from error
        if self.device.type == "cuda":
            check_batch_fits(self._dry_run, min(self.config.batch_size, len(self.images)), self.device)
        elif not self.config.num_threads:
            self.num_threads = fastest_threads(lambda: self._dry_run(self.config.batch_size))
            torch.set_num_threads(self.num_threads)

    def _dry_run(self, batch_size: int) -> None:
        numbers = torch.arange(batch_size, device=self.device) % len(self.images)
        self.learner.dry_run(*self._pictures(numbers, torch.Generator(self.device)))

    @property
    def done(self) -> bool:
        if self.epoch >= self.config.num_epochs:
            return True
        limit, so_far = self.config.max_seconds, self.seconds
        # Half an epoch of grace: ending one epoch early would waste more time than running over.
        return bool(limit and self.epoch and so_far + so_far / self.epoch / 2 > limit)

    def batches(self) -> Iterator[Tensor]:
        """Picture numbers of the batches of this epoch that are still to come; the order follows from the seed."""
        shuffle = torch.Generator().manual_seed(self.config.seed * 100_003 + self.epoch)
        order = torch.randperm(len(self.images), generator=shuffle).to(self.device)
        yield from torch.split(order, self.config.batch_size)[self.batch :]

    def advance(self, numbers: Tensor) -> list[TrainStep]:
        """Start a step on the pictures of these numbers; the steps done by now, on a GPU earlier ones."""
        began = time.perf_counter()
        self.num_steps += 1
        rate = learning_rate(self.config, self.num_steps, self.progress)
        values = self.learner.step(*self._pictures(numbers, self.learner.generator), rate)
        self.batch += 1
        self.pending.add(TrainStep(self.num_steps, self.epoch + 1, nan, rate, nan, nan), self.batch, values)
        if self.num_steps % self.window == 0:
            self._close_window()
        self.seconds += time.perf_counter() - began
        due = self.seconds - self.saved_at > SAVE_SECONDS
        steps = self.arrived(all_of_them=due)
        if due:
            self.save()
        return steps

    def _pictures(self, numbers: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
        x0 = augment(scaled(self.images[numbers]), self.config.data.flip, self.config.data.shift, generator)
        return x0, None if self.labels is None else self.labels[numbers]

    def arrived(self, *, all_of_them: bool = True) -> list[TrainStep]:
        """The steps that are done, each written down; all_of_them waits for those still pending."""
        began = time.perf_counter()
        steps = self.pending.arrived(all_of_them=all_of_them)
        self.seconds += time.perf_counter() - began
        steps = [replace(step, seconds=self.seconds) for step in steps]
        for step in steps:
            self.steps.append(step)  # before saving: a resumed run drops rows it will write again
        return steps

    @property
    def progress(self) -> float:
        """How far the run is, 0 to 1, by steps or by time, whichever ends it first."""
        by_steps = (self.num_steps - 1) / max(1, self.total_steps - 1)
        by_time = self.seconds / self.config.max_seconds if self.config.max_seconds else 0.0
        return min(1.0, max(by_steps, by_time))

    def end_epoch(self) -> EpochEnd:
        """Measure, write the checkpoint and its pictures, save; the very first call is epoch 0, nothing trained."""
        if self.num_steps:
            self.epoch, self.batch = self.epoch + 1, 0
        ema = self.learner.ema.module
        losses = (self.validation.loss(self.learner.model), self.validation.loss(ema))
        end = EpochEnd(self.epoch, self.num_steps, *losses, self.seconds)
        path = self.run.checkpoint(self.epoch)
        save_checkpoint(path, ema, self.epoch, self.num_steps, self.config, self.run.data_info)
        if self.done or self.epoch in self.config.keep_epochs:
            save_previews(self.run, self.epoch, ema, self.schedule, self.validation.x0, self.validation.labels)
        for epoch in self.run.epochs:  # the latest always stays, so that a run stopped midway has its last epoch
            if epoch < self.epoch and epoch not in self.config.keep_epochs:
                self.run.checkpoint(epoch).unlink()
        if self.done and self.num_steps % self.window:
            self._close_window()
        self.ends.append(end)
        self.save()
        return end

    def _close_window(self) -> None:
        if self.config.kind in KINDS_WITH_T:
            self.losses_by_t.append(self.learner.losses_by_t.close(self.num_steps))

    def save(self) -> None:
        """Write resume.pt, whole or not at all."""
        self.saved_at = self.seconds
        position = (self.epoch, self.batch, self.num_steps, self.seconds)
        write_resume(self.run, {"num_threads": self.num_threads, "position": position} | self.learner.state())

    def load(self) -> None:
        """Continue from resume.pt, with the thread count it was made with, as far as this machine has the cores."""
        with read_resume(self.run, self.device) as state:
            self.epoch, self.batch, self.num_steps, self.seconds = state["position"]
            self.num_threads = self.config.num_threads or min(state["num_threads"], num_cores())
            self.learner.load_state(state)
        self.saved_at = self.seconds
        torch.set_num_threads(self.num_threads)
        self.steps.rewind(lambda row: row.step <= self.num_steps)
        window_open = bool(self.learner.losses_by_t.sums.any())  # then a row of this very step came after the save
        self.losses_by_t.rewind(lambda row: row.step + window_open <= self.num_steps)
        self.ends.rewind(lambda row: row.epoch <= self.epoch)


def _check(config: TrainConfig, data: Dataset) -> None:
    divisor = 1 if config.kind == "points" else config.unet.size_divisor
    size = (data.info.height, data.info.width)
    fits = size[0] % divisor == 0 and size[1] % divisor == 0
    require(fits, Message("what.training_size"), size, Message("allowed.size_divisor", divisor=divisor))
    if config.class_conditional and not data.info.class_names:
        raise ValueError(Message("config.no_labels", name=data.info.name))
