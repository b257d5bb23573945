"""The pictures kept with a checkpoint: samples from one fixed noise, and held-out pictures denoised in one step."""

from __future__ import annotations

import torch
from torch import Tensor

from ddpm_core.config import SampleConfig, TrainConfig
from ddpm_core.noise import PictureNoise
from ddpm_core.objective import Objective
from ddpm_core.picture_files import save_grid
from ddpm_core.pictures import to_uint8
from ddpm_core.prediction import read_prediction
from ddpm_core.run import RunFolder
from ddpm_core.sampler import sample_pictures
from ddpm_core.schedule import NoiseSchedule
from ddpm_core.unet import UNet

NUM_SAMPLES = 16
NUM_DENOISED = 8
PREVIEW_SEED = 0
PREVIEW_STEPS = 30


def save_previews(
    run: RunFolder, epoch: int, model: UNet, schedule: NoiseSchedule, x0: Tensor, labels: Tensor | None
) -> None:
    """Write run.samples(epoch), unless the run is a one-step denoiser, and run.denoise(epoch).

    x0: held-out pictures (N, C, H, W); labels: theirs, or None.
    """
    config = run.config
    if not config.denoiser_sigma:
        request = SampleConfig(
            sampler="ddim",
            num_sampling_steps=min(PREVIEW_STEPS, schedule.num_timesteps),
            num_pictures=NUM_SAMPLES,
            seed=PREVIEW_SEED,
        )
        size = (run.data_info.height, run.data_info.width)
        *_, last = sample_pictures(model, schedule, config.prediction_type, request, size)
        save_grid(run.samples(epoch), [to_uint8(last.x0_hat)])
    num = min(NUM_DENOISED, len(x0))
    rows = denoise_once(config, schedule, model, x0[:num], None if labels is None else labels[:num])
    save_grid(run.denoise(epoch), [to_uint8(row) for row in rows])


@torch.inference_mode()
def denoise_once(
    config: TrainConfig, schedule: NoiseSchedule, model: UNet, x0: Tensor, labels: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """x0, x_t and x0_hat of each picture, with t rising from the first picture to the last."""
    num = len(x0)
    eps = PictureNoise(PREVIEW_SEED, num).draw(x0.shape[1:]).to(x0.device)
    t = None if config.denoiser_sigma else spread_t(schedule, num).to(x0.device)
    xt = Objective(config, schedule).noised(x0, t, eps)
    output = model(xt, t, labels)
    if t is not None:
        output = read_prediction(schedule, config.prediction_type, output, xt, t, clip=True).x0_hat
    return x0, xt, output


def spread_t(schedule: NoiseSchedule, num: int) -> Tensor:
    """num timesteps spread evenly over 1..T, the middle of each of num equal parts."""
    big_t = schedule.num_timesteps
    return ((torch.arange(num) + 0.5) * big_t / num).floor().long().clamp(max=big_t - 1) + 1
