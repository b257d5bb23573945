"""The peers' own training loops at our network's cost per picture, each as a function that trains so many steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.turns import Steps


@cache
def import_torchvision() -> torch.library.Library:
    """The wheel's compiled part is for another build of torch; loops need the rest, which only asks for two names."""
    operators = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision  # noqa: F401

    return operators  # the names are gone when nobody holds them any more


class Shape(NamedTuple):
    """Of the peers' networks for one kind of picture: such that they cost as many FLOPs as our preset's."""

    size: int
    channels: int
    block_out_channels: tuple[int, ...]
    """Of diffusers' UNet2DModel."""
    dim: int
    dim_mults: tuple[int, ...]
    """Of denoising-diffusion-pytorch's Unet."""


SHAPES = {
    "sprites_quick": Shape(16, 3, (32, 64, 64), 28, (1, 2, 2)),
    "digits_quick": Shape(28, 1, (16, 32), 12, (1, 1)),
}


def lucidrains_network(shape: Shape) -> nn.Module:
    from denoising_diffusion_pytorch import Unet

    network: nn.Module = Unet(dim=shape.dim, dim_mults=shape.dim_mults, channels=shape.channels, attn_heads=2)
    return network


def lucidrains(shape: Shape, images: np.ndarray, batch_size: int, bfloat16: bool, folder: Path) -> Steps:
    """denoising-diffusion-pytorch: its GaussianDiffusion and its Trainer, which reads pictures from a folder."""
    from denoising_diffusion_pytorch import GaussianDiffusion, Trainer

    pictures = folder / "pictures"
    if not pictures.exists():
        pictures.mkdir(parents=True)
        for number, image in enumerate(images):
            Image.fromarray(image.squeeze()).save(pictures / f"{number}.png")
    trainer = Trainer(
        GaussianDiffusion(lucidrains_network(shape), image_size=shape.size),
        str(pictures),
        train_batch_size=batch_size,
        train_num_steps=0,
        save_and_sample_every=10**9,
        results_folder=str(folder / "results"),
        calculate_fid=False,
    )

    def steps(num: int) -> None:
        trainer.train_num_steps += num
        # Its own switch (amp) is one for the whole process. Uncached: a weight cast in one step is stale in the next.
        quiet, loud = redirect_stdout(StringIO()), redirect_stderr(StringIO())  # it prints a line per step
        with quiet, loud, torch.autocast(trainer.device.type, torch.bfloat16, enabled=bfloat16, cache_enabled=False):
            trainer.train()

    return steps


class _Pictures(Dataset[tuple[Tensor, int]]):
    """Pictures as diffusers' example trains on them: a transform per picture and visit."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        from torchvision import transforms

        self._images, self._labels = [Image.fromarray(image.squeeze()) for image in images], labels.tolist()
        self._transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, number: int) -> tuple[Tensor, int]:
        return self._transform(self._images[number]), self._labels[number]


def diffusers_network(shape: Shape) -> nn.Module:
    from diffusers import UNet2DModel

    network: nn.Module = UNet2DModel(
        sample_size=shape.size,
        in_channels=shape.channels,
        out_channels=shape.channels,
        layers_per_block=1,
        block_out_channels=shape.block_out_channels,
        norm_num_groups=8,
        down_block_types=("DownBlock2D",) * len(shape.block_out_channels),
        up_block_types=("UpBlock2D",) * len(shape.block_out_channels),
        add_attention=False,
        num_class_embeds=11,
    )
    return network


def diffusers(shape: Shape, images: np.ndarray, labels: np.ndarray, batch_size: int, bfloat16: bool) -> Steps:
    """diffusers: UNet2DModel, DDPMScheduler and EMAModel in the loop of its train_unconditional example."""
    from diffusers import DDPMScheduler
    from diffusers.optimization import get_scheduler
    from diffusers.training_utils import EMAModel

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = diffusers_network(shape).to(device).train()
    scheduler = DDPMScheduler(num_train_timesteps=1000)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    rates = get_scheduler("cosine", optimizer, num_warmup_steps=500, num_training_steps=100_000)
    averages = EMAModel(model.parameters())
    loader = DataLoader(_Pictures(images, labels), batch_size=batch_size, shuffle=True)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from loader

    endless = batches()

    def steps(num: int) -> None:
        for _ in range(num):
            clean, its_labels = (each.to(device) for each in next(endless))
            noise = torch.randn_like(clean)
            t = torch.randint(0, 1000, (len(clean),), device=device)
            noisy = scheduler.add_noise(clean, noise, t)
            with torch.autocast(device, torch.bfloat16, enabled=bfloat16):
                loss = F.mse_loss(model(noisy, t, class_labels=its_labels).sample.float(), noise)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            rates.step()
            optimizer.zero_grad()
            averages.step(model.parameters())
            loss.item()  # its progress bar shows it

    return steps
