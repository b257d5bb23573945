"""Training steps whose numbers are still on their way from the device to the program."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

import torch
from torch import Tensor

from ddpm_core.errors import Message
from ddpm_core.runs.events import TrainStep

LOSS, GRAD_NORM = Message("training.loss"), Message("training.grad_norm")
STAY = 8
"""Steps that a GPU may be behind: enough to go on with while the program writes a file or a picture."""


class PendingSteps:
    """Steps that were started, the oldest first. On a GPU the newest stay, so that nobody waits for their end."""

    def __init__(self, device: torch.device) -> None:
        self._stays = STAY if device.type == "cuda" else 0
        self._steps: deque[tuple[TrainStep, int, _Reading]] = deque()

    def add(self, step: TrainStep, batch: int, values: Tensor) -> None:
        """A step still without its numbers, the batch of its epoch, and its loss and gradient norm on the device."""
        self._steps.append((step, batch, _Reading(values)))

    def arrived(self, *, all_of_them: bool) -> list[TrainStep]:
        """The steps that are done, with their numbers. Raises ValueError for a number that is not finite."""
        steps = []
        while len(self._steps) > (0 if all_of_them else self._stays):
            step, batch, reading = self._steps.popleft()
            loss, grad_norm = reading.get()
            for name, value in ((LOSS, loss), (GRAD_NORM, grad_norm)):
                if not math.isfinite(value):
                    at = {"step": step.step, "epoch": step.epoch, "batch": batch, "rate": step.learning_rate}
                    raise ValueError(Message("training.not_finite", quantity=name, value=value, **at))
            steps.append(replace(step, loss=loss, grad_norm=grad_norm))
        return steps


class _Reading:
    """The values of a small tensor, sent off now and read later: only who reads waits, and only for this."""

    def __init__(self, values: Tensor) -> None:
        self._values = values.to("cpu", non_blocking=True)
        self._arrived = torch.cuda.Event() if values.is_cuda else None  # type: ignore[no-untyped-call]
        if self._arrived is not None:
            self._arrived.record()

    def get(self) -> list[float]:
        if self._arrived is not None:
            self._arrived.synchronize()
        return [float(value) for value in self._values.tolist()]
