"""What is ours of the speed benchmarks: the bare network, the loop around it, the sampler, and what the machine can."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.turns import Steps, times_of
from ddpm_core.config import SampleConfig, TrainConfig
from ddpm_core.data import DataInfo
from ddpm_core.hardware import pick_bfloat16, pick_device, pick_memory_format
from ddpm_core.network.base import Network
from ddpm_core.runs.checkpoint import build_model
from ddpm_core.runs.events import TrainStep
from ddpm_core.sampler import sample_pictures
from ddpm_core.schedule import NoiseSchedule
from ddpm_core.training.optimizer import make_optimizer
from ddpm_core.training.trainer import train


def repeated(step: Callable[[], object]) -> Steps:
    """So many times, until the device is through with them."""

    def steps(num: int) -> None:
        for _ in range(num):
            step()
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    return steps


def the_loop(config: TrainConfig, folder: Path) -> Steps:
    """Our training as a run does it: checkpoints, CSV logs and all."""
    return repeated(partial(next, (event for event in train(config, folder) if isinstance(event, TrainStep))))


def bare_training(config: TrainConfig, info: DataInfo, bfloat16: bool) -> Steps:
    """Forward, backward and optimizer of our network on one batch, and nothing else."""
    device = pick_device(config)
    layout = pick_memory_format(config, bfloat16, device)
    model = build_model(config, info).to(device, memory_format=layout).train()  # type: ignore[call-overload]
    optimizer = make_optimizer(config, *model.parameters())
    xt, t, labels = inputs(config.batch_size, info, device)
    xt = xt.contiguous(memory_format=layout)

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            loss = model(xt, t, labels).square().mean()
        loss.backward()
        optimizer.step()

    return repeated(step)


def inputs(num: int, info: DataInfo, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    xt = torch.randn(num, info.channels, info.height, info.width, device=device)
    numbers = torch.arange(num, device=device)
    return xt, numbers % 1000 + 1, numbers % len(info.class_names)


def the_sampler(model: Network, config: TrainConfig, info: DataInfo, request: SampleConfig) -> Steps:
    """Steps of a request, which begins anew whenever it is through."""
    schedule, size = NoiseSchedule(config.schedule), (info.height, info.width)
    kind = config.prediction_type
    events = (step for _ in count() for step in sample_pictures(model, schedule, kind, request, size))
    return repeated(partial(next, events))


def bare_sampling(model: Network, info: DataInfo, request: SampleConfig) -> Steps:
    """Forward passes."""
    xt, t, labels = inputs(request.num_pictures, info, next(model.parameters()).device)
    return torch.inference_mode()(repeated(partial(model, xt, t, labels)))


def flops_per_picture(model: nn.Module, *args: Tensor, **kwargs: Tensor) -> float:
    """Of one forward pass, for inputs of any number of pictures; a multiplication and an addition are two."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*args, **kwargs)
    return float(counter.get_total_flops()) / len(args[0])


def convolution_ceiling(bfloat16: bool) -> float:
    """FLOP/s of this machine in a convolution that suits it (128 to 128 channels), forward and backward."""
    device = pick_device(TrainConfig())
    conv = nn.Conv2d(128, 128, 3, padding=1).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    x = torch.randn(64, 128, 16, 16, device=device).contiguous(memory_format=torch.channels_last).requires_grad_()

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            out = conv(x)
        out.backward(torch.ones_like(out))

    return 3 * 64 * 16 * 16 * 128 * 128 * 9 * 2 / median(times_of({"conv": repeated(step)}, rounds=5, steps=2)["conv"])


def convolution_ceilings() -> dict[str, float]:
    """By precision, as far as the hardware has it."""
    has_bfloat16 = pick_bfloat16(TrainConfig(), pick_device(TrainConfig()))
    ceilings = {"float32": convolution_ceiling(False)}
    return ceilings | {"bfloat16": convolution_ceiling(True)} if has_bfloat16 else ceilings
