"""One step of gradient descent, and everything a step changes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ddpm_core.config import TrainConfig
from ddpm_core.network import Network
from ddpm_core.training.ema import Averaged
from ddpm_core.training.gradient_graph import Gradients
from ddpm_core.training.hardware import pick_bfloat16, pick_memory_format
from ddpm_core.training.loss_window import LossWindow
from ddpm_core.training.objective import BatchLoss, Objective
from ddpm_core.training.optimizer import make_optimizer


class Learner:
    """The network, its averages, the optimizer, the training's random state and the losses by t."""

    def __init__(self, config: TrainConfig, objective: Objective, model: Network, device: torch.device) -> None:
        self.config, self.objective, self.device = config, objective, device
        self.bfloat16 = pick_bfloat16(config, device)
        self.memory_format = pick_memory_format(config, self.bfloat16, device)
        self.model: Network = model.to(device, memory_format=self.memory_format).train()  # type: ignore[call-overload]
        self.averages = Averaged(self.model, config.ema_decay)
        self.optimizer = make_optimizer(config, self.model)
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
        grad_norm = self._clip()
        self.optimizer.step()
        self.averages.update(self.model)
        return torch.stack([loss.mean.detach(), grad_norm])

    def _clip(self) -> Tensor:
        """Shorten the gradient to grad_clip where it is longer (0: never); its norm before, on the device."""
        parameters, limit = list(self.model.parameters()), self.config.grad_clip
        norm = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        # On a CPU to look is cheaper than to multiply by one; a GPU would have to be waited for.
        if limit and (self.device.type != "cpu" or norm > limit):
            torch.nn.utils.clip_grads_with_norm_(parameters, limit, norm)
        return norm

    def rehearse(self, x0: Tensor, labels: Tensor | None) -> None:
        """All the work and memory of a step, without a trace: nothing learnt, no random number drawn."""
        moments = [torch.empty_like(p) for p in self.model.parameters() for _ in range(2)]  # as AdamW keeps
        x0 = x0.contiguous(memory_format=self.memory_format)
        self._backward(x0, labels, torch.Generator(self.device).manual_seed(0))
        self.optimizer.zero_grad()
        del moments

    def _backward(self, x0: Tensor, labels: Tensor | None, generator: torch.Generator) -> BatchLoss:
        self.optimizer.zero_grad()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            loss = self.objective.loss(self.model, x0, labels, generator)
        loss.mean.backward()  # type: ignore[no-untyped-call]
        return loss

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin with given weights, in the network and in its averages. Raises RuntimeError if they do not fit."""
        self.model.load_state_dict(weights)
        self.averages.module.load_state_dict(weights)

    def state(self) -> dict[str, Any]:
        """Everything that a step changes, as torch.save takes it."""
        return {
            "model": self.model.state_dict(),
            "ema": self.averages.module.state_dict(),
            "num_updates": self.averages.num_updates,
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "losses_by_t": self.losses_by_t.sums,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.averages.module.load_state_dict(state["ema"])
        self.averages.num_updates = state["num_updates"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"].cpu())
        self.losses_by_t.sums.copy_(state["losses_by_t"])
