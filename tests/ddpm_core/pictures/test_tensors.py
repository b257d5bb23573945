"""Between bytes and [-1, 1]: exact there and back, clipped and never stretched."""

from __future__ import annotations

import numpy as np
import torch

from ddpm_core.pictures.tensors import to_tensor, to_uint8


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
