"""The pictures kept with a checkpoint: samples from one fixed noise, and held-out pictures denoised in one step."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ddpm_core.config import KINDS_THAT_SAMPLE, KINDS_WITH_T, SampleConfig, TrainConfig
from ddpm_core.network.base import Network
from ddpm_core.noise import PictureNoise
from ddpm_core.pictures.files import Pictures, save_grid
from ddpm_core.pictures.tensors import to_uint8
from ddpm_core.prediction import read_prediction
from ddpm_core.runs.folder import RunFolder
from ddpm_core.sampler import sample_pictures
from ddpm_core.schedule import NoiseSchedule
from ddpm_core.training.objective import Objective
from ddpm_core.training.point_previews import NUM_POINTS, guess_clouds, walk_clouds

NUM_SAMPLES = 16
NUM_DENOISED = 8
NUM_LIVE = 10
NUM_CLOUDS = 6
PREVIEW_SEED = 0
PREVIEW_STEPS = 30
LIVE_STEPS = 8
LIVE_SHARE = 0.05
"""Largest share of the time that live pictures may take."""


class LivePicture:
    """Writes run.live about every `seconds` (0: never): pictures from one fixed noise, one of each class."""

    def __init__(self, run: RunFolder, schedule: NoiseSchedule, x0: Tensor, seconds: float) -> None:
        self._run, self._schedule, self._x0, self._seconds = run, schedule, x0, seconds
        self._due = 0.0

    def update(self, averages: Network) -> None:
        """Draw with the weights of this moment, if it is time; less often than asked where drawing takes long."""
        began = time.monotonic()
        if not self._seconds or began < self._due:
            return
        if self._run.config.kind in KINDS_THAT_SAMPLE:
            request = SampleConfig(sampler="dpmpp_2m", num_sampling_steps=LIVE_STEPS, num_pictures=NUM_LIVE)
            row = _samples(self._run, self._schedule, averages, request)
        else:
            row = to_uint8(denoise_once(self._run.config, self._schedule, averages, self._x0[:NUM_LIVE], None)[2])
        save_grid(self._run.live, [row])
        ended = time.monotonic()
        self._due = ended + max(self._seconds, (ended - began) / LIVE_SHARE)


def save_previews(
    run: RunFolder, epoch: int, model: Network, schedule: NoiseSchedule, x0: Tensor, labels: Tensor | None
) -> None:
    """Write run.samples(epoch), unless the run is a one-step denoiser, and run.denoise(epoch).

    x0: held-out pictures (N, C, H, W); labels: theirs, or None.
    """
    config = run.config
    if config.kind in KINDS_THAT_SAMPLE:
        request = SampleConfig(sampler="ddim", num_sampling_steps=PREVIEW_STEPS, num_pictures=NUM_SAMPLES)
        save_grid(run.samples(epoch), [_samples(run, schedule, model, request)])
    if config.kind == "points":
        ts = spread_t(schedule, NUM_CLOUDS)
        clouds = guess_clouds(model, schedule, config.prediction_type, x0, labels, ts)
        save_grid(run.denoise(epoch), [np.stack(row) for row in clouds])
        return
    num = min(NUM_DENOISED, len(x0))
    rows = denoise_once(config, schedule, model, x0[:num], None if labels is None else labels[:num])
    save_grid(run.denoise(epoch), [to_uint8(row) for row in rows])


def _samples(run: RunFolder, schedule: NoiseSchedule, model: Network, request: SampleConfig) -> Pictures:
    """Samples of a request, from the noise of all previews; of points, one cloud on its way."""
    steps = min(request.num_sampling_steps, schedule.num_timesteps)
    request = replace(request, num_sampling_steps=steps, seed=PREVIEW_SEED)
    kind = run.config.prediction_type
    if run.config.kind == "points":
        return np.stack(walk_clouds(model, schedule, kind, replace(request, num_pictures=NUM_POINTS)))
    size = (run.data_info.height, run.data_info.width)
    *_, last = sample_pictures(model, schedule, kind, request, size)
    return to_uint8(last.x0_hat)


@torch.inference_mode()
def denoise_once(
    config: TrainConfig, schedule: NoiseSchedule, model: Network, x0: Tensor, labels: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """x0, x_t and x0_hat of each picture, with t rising from the first picture to the last."""
    num = len(x0)
    eps = PictureNoise(PREVIEW_SEED, num).draw(x0.shape[1:]).to(x0.device)
    t = spread_t(schedule, num).to(x0.device) if config.kind in KINDS_WITH_T else None
    xt = Objective(config, schedule).noised(x0, t, eps)
    output = model(xt, t, labels)
    if t is not None:
        output = read_prediction(schedule, config.prediction_type, output, xt, t, clip=True).x0_hat
    return x0, xt, output


def spread_t(schedule: NoiseSchedule, num: int) -> Tensor:
    """num timesteps spread evenly over 1..T, the middle of each of num equal parts."""
    big_t = schedule.num_timesteps
    return ((torch.arange(num) + 0.5) * big_t / num).floor().long().clamp(max=big_t - 1) + 1
