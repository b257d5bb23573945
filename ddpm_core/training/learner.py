"""One step of gradient descent, and everything a step changes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ddpm_core.config import TrainConfig
from ddpm_core.hardware import pick_bfloat16, pick_memory_format
from ddpm_core.network.base import Network
from ddpm_core.training.ema import EMA
from ddpm_core.training.flat_parameters import FlatParameters
from ddpm_core.training.gradient_graph import Gradients
from ddpm_core.training.loss_window import LossWindow
from ddpm_core.training.objective import BatchLoss, Objective
from ddpm_core.training.optimizer import make_optimizer


class Learner:
    """The network, its EMA, the optimizer, the training's random state and the losses by t."""

    def __init__(self, config: TrainConfig, objective: Objective, model: Network, device: torch.device) -> None:
        self.config, self.objective, self.device = config, objective, device
        self.bfloat16 = pick_bfloat16(config, device)
        self.memory_format = pick_memory_format(config, self.bfloat16, device)
        self.model: Network = model.to(device, memory_format=self.memory_format).train()  # type: ignore[call-overload]
        self.parameters = FlatParameters(self.model)
        self.ema = EMA(self.model, config.ema_decay)
        self.optimizer = make_optimizer(config, self.parameters.vector)
        self.generator = torch.Generator(device).manual_seed(config.seed)
        self.losses_by_t = LossWindow(objective.schedule.num_timesteps, device)
        self._gradients = Gradients(self._backward, self.model, recording=device.type == "cuda")
        torch.backends.cudnn.benchmark = True  # batches of one size: worth choosing their kernels by trial

    def step(self, x0: Tensor, labels: Tensor | None, rate: float) -> Tensor:
        """Train on one batch; the loss and the gradient norm, (2,), on the device and not waited for."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self._gradients(x0.contiguous(memory_format=self.memory_format), labels, self.generator)
        if loss.t is not None:
            self.losses_by_t.add(loss.t, loss.per_picture)
        grad_norm = self._clip(self.parameters.collect_gradients())
        self.optimizer.step()
        self.ema.update(self.parameters)
        return torch.stack([loss.mean, grad_norm])

    def _clip(self, gradient: Tensor) -> Tensor:
        """Shorten the gradient to grad_clip where it is longer (0: never); its norm before, on the device."""
        norm: Tensor = torch.linalg.vector_norm(gradient)
        # On a CPU to look is cheaper than to multiply by one; a GPU would have to be waited for.
        limit = self.config.grad_clip
        if limit and (self.device.type != "cpu" or norm > limit):
            torch.nn.utils.clip_grads_with_norm_(self.parameters.vector, limit, norm)
        return norm

    def dry_run(self, x0: Tensor, labels: Tensor | None) -> None:
        """All the work and memory of a step, without a trace: nothing learnt, no random number drawn."""
        moments = [torch.empty_like(self.parameters.vector) for _ in range(2)]  # as AdamW keeps
        x0 = x0.contiguous(memory_format=self.memory_format)
        self._backward(x0, labels, torch.Generator(self.device).manual_seed(0))
        self.parameters.forget_gradients()
        del moments

    def _backward(self, x0: Tensor, labels: Tensor | None, generator: torch.Generator) -> BatchLoss:
        self.parameters.forget_gradients()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            loss = self.objective.loss(self.model, x0, labels, generator)
        loss.mean.backward()  # type: ignore[no-untyped-call]
        return loss._replace(mean=loss.mean.detach())  # or who keeps the loss keeps all that led to it

    def state(self) -> dict[str, Any]:
        """Everything that a step changes, as torch.save takes it."""
        return {
            "model": self.model.state_dict(),
            "ema": self.ema.module.state_dict(),
            "num_updates": self.ema.num_updates,
            # For another machine, whose layout may differ, a vector is saved by its parts.
            "optimizer": {name: self.parameters.split(v) if v.ndim else v for name, v in self._moments.items()},
            "generator": self.generator.get_state(),
            "losses_by_t": self.losses_by_t.sums,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.ema.module.load_state_dict(state["ema"])
        self.ema.num_updates = state["num_updates"]
        for name, value in state["optimizer"].items():
            self._moments[name] = value if isinstance(value, Tensor) else self.parameters.join(value)
        drawn = state["generator"].cpu()
        if len(drawn) == len(self.generator.get_state()):
            self.generator.set_state(drawn)
        else:  # saved on another kind of device, whose random numbers are not to be had on this one
            self.generator.manual_seed(self.config.seed * 100_003 + state["num_updates"])
        self.losses_by_t.sums.copy_(state["losses_by_t"])

    @property
    def _moments(self) -> dict[str, Tensor]:
        """What AdamW keeps: its number of steps and two vectors; nothing before the first step."""
        moments: dict[str, Tensor] = self.optimizer.state[self.parameters.vector]
        return moments
