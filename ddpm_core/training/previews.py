"""The pictures kept with a checkpoint: samples from one fixed noise, and held-out pictures denoised in one step."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from torch import Tensor

from ddpm_core.config import KINDS_THAT_SAMPLE, KINDS_WITH_T, SampleConfig, TrainConfig
from ddpm_core.denoise import denoise_once, noised, spread_t
from ddpm_core.network.base import Network
from ddpm_core.noise import PictureNoise
from ddpm_core.pictures.files import Pictures, save_grid
from ddpm_core.pictures.points import draw_points
from ddpm_core.pictures.tensors import to_points, to_uint8
from ddpm_core.runs.folder import RunFolder
from ddpm_core.sampler import picture_labels, sample_pictures
from ddpm_core.schedule import NoiseSchedule

NUM_SAMPLES = 16
NUM_DENOISED = 8
NUM_LIVE = 10
NUM_POINTS = 400
"""In a cloud of samples, or of held-out points."""
NUM_MOMENTS = 5
"""Clouds on the walk from noise, and the finished one."""
NUM_CLOUDS = 6
"""Of held-out points, each at a t of its own."""
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

    def update(self, model: Network) -> None:
        """Draw with the weights of this moment, if it is time; less often than asked where drawing takes long."""
        began = time.monotonic()
        if not self._seconds or began < self._due:
            return
        if self._run.config.kind in KINDS_THAT_SAMPLE:
            request = SampleConfig(sampler="dpmpp_2m", num_sampling_steps=LIVE_STEPS, num_pictures=NUM_LIVE)
            row = _samples(self._run, self._schedule, model, request)
        else:
            *_, row = _denoised_pictures(self._run.config, self._schedule, model, self._x0[:NUM_LIVE], None)
        save_grid(self._run.live, [row])
        ended = time.monotonic()
        self._due = ended + max(self._seconds, (ended - began) / LIVE_SHARE)


def save_previews(
    run: RunFolder, epoch: int, model: Network, schedule: NoiseSchedule, x0: Tensor, labels: Tensor | None
) -> None:
    """Write run.samples(epoch), where the run's kind samples, and run.denoise(epoch).

    x0: held-out pictures (N, C, H, W); labels: theirs, or None.
    """
    config = run.config
    if config.kind in KINDS_THAT_SAMPLE:
        request = SampleConfig(sampler="ddim", num_sampling_steps=PREVIEW_STEPS, num_pictures=NUM_SAMPLES)
        save_grid(run.samples(epoch), [_samples(run, schedule, model, request)])
    denoised, num = (_denoised_clouds, NUM_POINTS) if config.kind == "points" else (_denoised_pictures, NUM_DENOISED)
    rows = denoised(config, schedule, model, x0[:num], None if labels is None else labels[:num])
    save_grid(run.denoise(epoch), rows)


def _samples(run: RunFolder, schedule: NoiseSchedule, model: Network, request: SampleConfig) -> Pictures:
    """Samples of a request, from the noise of all previews; of points, one cloud on its way from t = T to the end."""
    steps = min(request.num_sampling_steps, schedule.num_timesteps)
    request = replace(request, num_sampling_steps=steps, seed=PREVIEW_SEED)
    prediction_type, size = run.config.prediction_type, (run.data_info.height, run.data_info.width)
    if run.config.kind != "points":
        *_, last = sample_pictures(model, schedule, prediction_type, request, size)
        return to_uint8(last.x0_hat)
    request = replace(request, num_pictures=NUM_POINTS)
    walk = list(sample_pictures(model, schedule, prediction_type, request, size))
    moments = [walk[i * len(walk) // NUM_MOMENTS].xt for i in range(NUM_MOMENTS)]
    labels = np.array(picture_labels(request, model.num_classes), np.int64)
    return np.stack([draw_points(to_points(places), labels) for places in (*moments, walk[-1].x0_hat)])


def _denoised_pictures(
    config: TrainConfig, schedule: NoiseSchedule, model: Network, x0: Tensor, labels: Tensor | None
) -> list[Pictures]:
    """Rows x0, x_t and x0_hat, with t rising from the first picture to the last."""
    t = spread_t(schedule, len(x0)).to(x0.device) if config.kind in KINDS_WITH_T else None
    xt = noised(config, schedule, x0, t, _preview_eps(x0))
    return [to_uint8(row) for row in (x0, xt, denoise_once(config, schedule, model, xt, t, labels))]


def _denoised_clouds(
    config: TrainConfig, schedule: NoiseSchedule, model: Network, x0: Tensor, labels: Tensor | None
) -> list[Pictures]:
    """Rows x0, x_t and x0_hat of all points (N, 2, 1, 1), with t rising from cloud to cloud."""
    eps, clouds = _preview_eps(x0), []
    classes = np.full(len(x0), -1) if labels is None else labels.cpu().numpy()
    for t in spread_t(schedule, NUM_CLOUDS):
        same_t = t.to(x0.device).expand(len(x0))
        xt = noised(config, schedule, x0, same_t, eps)
        x0_hat = denoise_once(config, schedule, model, xt, same_t, labels)
        clouds.append([draw_points(to_points(places), classes) for places in (x0, xt, x0_hat)])
    return [np.stack(row) for row in zip(*clouds, strict=True)]


def _preview_eps(x0: Tensor) -> Tensor:
    return PictureNoise(PREVIEW_SEED, len(x0)).draw(x0.shape[1:]).to(x0.device)
