"""What a checkpoint of a run on points keeps to look at: the walk from noise, and held-out points denoised once."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ddpm_core.config import PredictionType, SampleConfig
from ddpm_core.network.base import Network
from ddpm_core.noise import PictureNoise
from ddpm_core.pictures.points import draw_points
from ddpm_core.pictures.tensors import to_points
from ddpm_core.prediction import read_prediction
from ddpm_core.sampler import picture_labels, sample_pictures
from ddpm_core.schedule import NoiseSchedule, q_sample

NUM_POINTS = 400
NUM_MOMENTS = 5
"""Clouds on the walk from noise, and the finished one."""

Clouds = list[NDArray[np.uint8]]
"""Pictures of clouds, each uint8 (S, S, 3)."""


def walk_clouds(model: Network, schedule: NoiseSchedule, kind: PredictionType, request: SampleConfig) -> Clouds:
    """The samples of a request on their way, evenly spaced from t = T to the finished points, in NUM_MOMENTS + 1."""
    labels = np.array(picture_labels(request, model.num_classes), np.int64)
    steps = list(sample_pictures(model, schedule, kind, request, (1, 1)))
    moments = [steps[i * len(steps) // NUM_MOMENTS].xt for i in range(NUM_MOMENTS)]
    return [draw_points(to_points(places), labels) for places in (*moments, steps[-1].x0_hat)]


@torch.inference_mode()
def guess_clouds(
    model: Network, schedule: NoiseSchedule, kind: PredictionType, x0: Tensor, labels: Tensor | None, ts: Tensor
) -> tuple[Clouds, Clouds, Clouds]:
    """x0, x_t and x0_hat of held-out points (N, 2, 1, 1), a cloud for each t of `ts`."""
    x0, labels = x0[:NUM_POINTS], None if labels is None else labels[:NUM_POINTS]
    eps = PictureNoise(0, len(x0)).draw(x0.shape[1:]).to(x0.device)
    shown = np.full(len(x0), -1) if labels is None else labels.cpu().numpy()
    rows: tuple[Clouds, Clouds, Clouds] = ([], [], [])
    for t in ts.tolist():
        same_t = torch.full((len(x0),), t, device=x0.device)
        xt = q_sample(schedule, x0, same_t, eps)
        x0_hat = read_prediction(schedule, kind, model(xt, same_t, labels), xt, same_t, clip=True).x0_hat
        for row, places in zip(rows, (x0, xt, x0_hat), strict=True):
            row.append(draw_points(to_points(places), shown))
    return rows
