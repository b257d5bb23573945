"""Between bytes and [-1, 1]: exact there and back, clipped and never stretched."""

from __future__ import annotations

import numpy as np
import torch

from ddpm_core.config import ScheduleConfig
from ddpm_core.pictures.tensors import to_tensor, to_uint8
from ddpm_core.schedule import NoiseSchedule
from ddpm_core.training.previews import spread_t


def test_every_byte_survives() -> None:
    images = np.arange(256 * 3, dtype=np.int64).reshape(2, 8, 16, 3).astype(np.uint8)
    x = to_tensor(images)
    assert (x.shape, x.dtype) == ((2, 3, 8, 16), torch.float32)
    assert (float(x.min()), float(x.max())) == (-1, 1)
    np.testing.assert_array_equal(to_uint8(x), images)


def test_pictures_are_clipped_and_never_stretched() -> None:
    dull = torch.full((1, 1, 2, 2), 0.1)
    dull[..., 0, 0] = -0.1
    assert to_uint8(dull).ravel().tolist() == [115, 140, 140, 140]
    assert to_uint8(torch.tensor([-7.0, -1.0, 0.0, 7.0]).reshape(1, 1, 2, 2)).ravel().tolist() == [0, 0, 128, 255]


def test_spread_timesteps_are_the_middles_of_equal_parts() -> None:
    schedule = NoiseSchedule(ScheduleConfig(num_timesteps=1000))
    assert spread_t(schedule, 4).tolist() == [126, 376, 626, 876]
    assert spread_t(schedule, 1000).tolist() == list(range(1, 1001))
    assert spread_t(NoiseSchedule(ScheduleConfig(num_timesteps=3)), 6).tolist() == [1, 1, 2, 2, 3, 3]
