"""What the page Data shows of a picture's way into training is what training does, to the bit."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from ddpm_core.data.prepare import as_network_sees, augmented
from ddpm_core.pictures.tensors import to_tensor
from ddpm_core.training.augment import augment


@pytest.mark.parametrize("channels", [1, 3])
def test_every_byte_becomes_the_number_that_is_trained_on(channels: int) -> None:
    picture = np.arange(256 * channels, dtype=np.uint32).astype(np.uint8).reshape(32, 8, channels)
    seen = as_network_sees(picture)
    assert seen.dtype == np.float32
    np.testing.assert_array_equal(seen, to_tensor(picture[None])[0].numpy())
    assert (seen.min(), seen.max()) == (-1, 1)


def test_what_training_draws_is_among_the_pictures_shown() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    moves = range(-2, 3)
    shown = {
        augmented(picture, flip=flip, down=down, right=right).tobytes()
        for flip, down, right in itertools.product((False, True), moves, moves)
    }
    assert len(shown) == 2 * 5 * 5
    batch = torch.from_numpy(picture.transpose(2, 0, 1).copy()).expand(400, -1, -1, -1)
    drawn = augment(batch, True, 2, torch.Generator().manual_seed(0)).permute(0, 2, 3, 1).contiguous().numpy()
    seen = {each.tobytes() for each in drawn}
    assert seen <= shown
    assert len(seen) > 45
