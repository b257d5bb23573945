"""The training loop, as a generator: it yields what happened, and can be stopped and resumed to the bit."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from ddpm_core.atomic import replacing
from ddpm_core.checkpoint import build_model, save_checkpoint
from ddpm_core.config import TrainConfig, require
from ddpm_core.data import Dataset, load_dataset
from ddpm_core.ema import averaged
from ddpm_core.events import EpochEnd, TrainStep
from ddpm_core.hardware import pick_bfloat16, pick_device, pick_threads
from ddpm_core.journal import Journal
from ddpm_core.noise import PictureNoise
from ddpm_core.objective import Objective
from ddpm_core.optimizer import learning_rate, make_optimizer
from ddpm_core.pictures import scaled, to_tensor
from ddpm_core.previews import save_previews, spread_t
from ddpm_core.run import RunFolder, describe
from ddpm_core.schedule import NoiseSchedule
from ddpm_core.unet import UNet

SAVE_SECONDS = 30.0
"""Longest training time between two saves of resume.pt."""

VALIDATION_BATCH = 512
"""Ten thousand held-out pictures at once would not fit into a laptop's memory."""


def total_steps(config: TrainConfig, num_pictures: int) -> int:
    """Steps of a whole run; the last batch of an epoch may be smaller."""
    return config.num_epochs * steps_per_epoch(config, num_pictures)


def steps_per_epoch(config: TrainConfig, num_pictures: int) -> int:
    return -(-num_pictures // config.batch_size)


def train(
    config: TrainConfig, run_dir: Path, *, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[TrainStep | EpochEnd]:
    """Train a run into its folder, resuming where resume.pt says; yields EpochEnd for epoch 0, then all that happens.

    should_stop is asked before each step; once true, the state is saved and the iteration ends.
    Raises ValueError for data that do not fit the network or a loss that is not finite (the last checkpoint stays).
    """
    trainer = _Trainer(config, run_dir)
    if trainer.run.resume.exists():
        trainer.load()
    else:
        trainer.forget()
        yield trainer.end_epoch()
    while not trainer.done:
        for batch in trainer.batches():
            if should_stop():
                trainer.save()
                return
            yield trainer.step(batch)
        yield trainer.end_epoch()


class _Trainer:
    """The state of a run: everything here that changes is in resume.pt."""

    def __init__(self, config: TrainConfig, run_dir: Path) -> None:
        self.config = config
        self.device = pick_device(config)
        self.bfloat16 = pick_bfloat16(config, self.device)
        self.num_threads = pick_threads(config)
        torch.set_num_threads(self.num_threads)
        data, held_out = load_dataset(config.data, "train"), load_dataset(config.data, "validation")
        _check(config, data)
        self.run = RunFolder.create(run_dir, config, data.info)
        self.steps = Journal(self.run.metrics, TrainStep)
        self.ends = Journal(self.run.epoch_metrics, EpochEnd)
        self.schedule = NoiseSchedule(config.schedule)
        self.objective = Objective(config, self.schedule)

        with torch.random.fork_rng(devices=[]):  # torch initialises layers from its global seed only
            torch.manual_seed(config.seed)
            model = build_model(config, data.info)
        self.model = model.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema = averaged(self.model, config.ema_decay)
        self.optimizer = make_optimizer(config, self.model)
        self.generator = torch.Generator(self.device).manual_seed(config.seed)

        # Bytes stay on the device and are scaled batch by batch: a loader would only slow this down.
        self.images = torch.from_numpy(data.images.transpose(0, 3, 1, 2).copy()).to(self.device)
        self.labels = torch.from_numpy(data.labels).to(self.device)
        self.held_out = to_tensor(held_out.images, self.device)
        self.held_out_labels = torch.from_numpy(held_out.labels).to(self.device)
        self.per_epoch = steps_per_epoch(config, len(self.images))
        self.epoch = self.batch = self.num_steps = 0
        self.seconds = self.saved_at = 0.0

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

    def step(self, numbers: Tensor) -> TrainStep:
        """One step of gradient descent on the pictures of these numbers."""
        started = time.perf_counter()
        self.num_steps += 1
        rate = learning_rate(self.config, self.num_steps, self.progress)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        x0 = scaled(self.images[numbers]).contiguous(memory_format=torch.channels_last)
        labels = self.labels[numbers] if self.model.num_classes else None
        self.model.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            loss = self.objective.loss(self.model, x0, labels, self.generator)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        limit = self.config.grad_clip or float("inf")
        grad_norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), limit))
        loss_value = float(loss.detach())
        self._check_finite(loss_value, grad_norm)
        self.optimizer.step()
        self.ema.update_parameters(self.model)
        self.batch += 1
        self.seconds += time.perf_counter() - started
        done = TrainStep(self.num_steps, self.epoch + 1, loss_value, rate, grad_norm, self.seconds)
        self.steps.append(done)  # before saving: a resumed run drops rows it will write again, but cannot fill a gap
        if self.seconds - self.saved_at > SAVE_SECONDS:
            self.save()
        return done

    @property
    def progress(self) -> float:
        """How far the run is, 0 to 1, by steps or by time, whichever ends it first."""
        by_steps = (self.num_steps - 1) / max(1, self.config.num_epochs * self.per_epoch - 1)
        by_time = self.seconds / self.config.max_seconds if self.config.max_seconds else 0.0
        return min(1.0, max(by_steps, by_time))

    def end_epoch(self) -> EpochEnd:
        """Measure, write the checkpoint and its pictures, save; the very first call is epoch 0, nothing trained."""
        if self.num_steps:
            self.epoch, self.batch = self.epoch + 1, 0
        averages = cast(UNet, self.ema.module)
        end = EpochEnd(
            self.epoch, self.num_steps, self._validation_loss(self.model), self._validation_loss(averages), self.seconds
        )
        path = self.run.checkpoint(self.epoch)
        save_checkpoint(path, averages, self.epoch, self.num_steps, self.config, self.run.data_info)
        if self.done or self.epoch in self.config.keep_epochs:
            labels = self.held_out_labels if self.model.num_classes else None
            save_previews(self.run, self.epoch, averages, self.schedule, self.held_out, labels)
        for epoch in self.run.epochs:  # the latest always stays, so that a run stopped midway has its last epoch
            if epoch < self.epoch and epoch not in self.config.keep_epochs:
                self.run.checkpoint(epoch).unlink()
        self.ends.append(end)
        self.save()
        return end

    def _check_finite(self, loss: float, grad_norm: float) -> None:
        for name, value in (("loss", loss), ("gradient norm", grad_norm)):
            if not torch.isfinite(torch.tensor(value)):
                raise ValueError(
                    f"{name} is {value} at step {self.num_steps} (epoch {self.epoch + 1}, batch {self.batch + 1}); "
                    f"allowed: finite numbers. The last checkpoint is intact; try a smaller learning_rate "
                    f"({self.config.learning_rate:g})."
                )

    @torch.inference_mode()
    def _validation_loss(self, model: UNet) -> float:
        """Mean loss of the held-out pictures, always at the same t and eps."""
        model.eval()
        num = len(self.held_out)
        t = None if self.config.denoiser_sigma else spread_t(self.schedule, num).to(self.device)
        labels = self.held_out_labels if model.num_classes else None
        eps = PictureNoise(self.config.seed, num).draw(self.held_out.shape[1:]).to(self.device)
        total = 0.0
        for i in range(0, num, VALIDATION_BATCH):
            part = slice(i, i + VALIDATION_BATCH)
            its_labels, its_t = (x if x is None else x[part] for x in (labels, t))
            total += float(self.objective.per_picture(model, self.held_out[part], its_labels, its_t, eps[part]).sum())
        return total / num

    def save(self) -> None:
        """Write resume.pt, whole or not at all."""
        self.saved_at = self.seconds
        state = {
            "description": self._description(),
            "num_threads": self.num_threads,
            "position": (self.epoch, self.batch, self.num_steps, self.seconds),
            "model": self.model.state_dict(),
            "ema": self.ema.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
        }
        with replacing(self.run.resume) as temporary:
            torch.save(state, temporary)

    def _description(self) -> str:
        return json.dumps(describe(self.config, self.run.data_info))

    def forget(self) -> None:
        """Drop the journals of an earlier attempt that left nothing to resume from."""
        self.steps.rewind(lambda row: False)
        self.ends.rewind(lambda row: False)

    def load(self) -> None:
        """Continue from resume.pt, with the thread count it was made with."""
        path = self.run.resume
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
            if state["description"] != self._description():
                raise ValueError("it belongs to another run")
            self.epoch, self.batch, self.num_steps, self.seconds = state["position"]
            self.model.load_state_dict(state["model"])
            self.ema.load_state_dict(state["ema"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.generator.set_state(state["generator"].cpu())
            self.num_threads = state["num_threads"]
        except Exception as error:  # torch names no one exception for a damaged file, and advises to unpickle it
            why = error if isinstance(error, (ValueError, OSError)) else "it is damaged, or not this program's"
            raise ValueError(f"{path} cannot be resumed from ({why}). Remove it to train the run again.") from error
        self.saved_at = self.seconds
        torch.set_num_threads(self.num_threads)
        self.steps.rewind(lambda row: row.step <= self.num_steps)
        self.ends.rewind(lambda row: row.epoch <= self.epoch)


def _check(config: TrainConfig, data: Dataset) -> None:
    divisor = config.unet.size_divisor
    size = (data.info.height, data.info.width)
    fits = size[0] % divisor == 0 and size[1] % divisor == 0
    require(fits, "the picture size", size, f"multiples of {divisor} for unet.channel_mults and unet.patch_size")
    if config.class_conditional and not data.info.class_names:
        raise ValueError(f"class_conditional is True, but {data.info.name} has no labels. Set it False.")
