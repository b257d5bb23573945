"""Flips and shifts: every picture comes out as one of those it may become, and all of them are met."""

import pytest
import torch

from ddpm_core.config import DataConfig
from ddpm_core.training.augment import augment


def outcomes(picture: torch.Tensor, flip: bool, shift: int) -> list[torch.Tensor]:
    """All that one picture (C, H, W) may become, cut out of the picture continued at its edges."""
    _, height, width = picture.shape
    found = []
    for whole in (picture, picture.flip(-1)) if flip else (picture,):
        padded = torch.nn.functional.pad(whole[None], (shift,) * 4, mode="replicate")[0]
        sides = range(2 * shift + 1)
        found += [padded[:, y : y + height, x : x + width] for y in sides for x in sides]
    return found


@pytest.mark.parametrize(("flip", "shift"), [(True, 0), (False, 1), (True, 2)])
def test_every_outcome_is_one_that_may_be_and_each_is_met(flip, shift):
    picture = torch.randn(3, 8, 6, generator=torch.Generator().manual_seed(1))
    got = augment(picture.expand(600, -1, -1, -1), flip, shift, torch.Generator().manual_seed(0))
    allowed = torch.stack(outcomes(picture, flip, shift))
    which = (got[:, None] == allowed).flatten(2).all(-1)
    assert which.sum(1).tolist() == [1] * 600
    assert (which.sum(0) > 0).all()
    assert got.shape == (600, 3, 8, 6)


def test_half_of_the_pictures_are_mirrored():
    pictures = torch.arange(4.0).expand(2000, 1, 1, 4)
    mirrored = augment(pictures, True, 0, torch.Generator().manual_seed(0))[:, 0, 0, 0] == 3
    assert 0.45 < float(mirrored.float().mean()) < 0.55


def test_off_is_off_and_asks_the_generator_for_nothing():
    pictures, generator = torch.randn(4, 1, 8, 8), torch.Generator().manual_seed(0)
    before = generator.get_state()
    assert augment(pictures, False, 0, generator) is pictures
    assert torch.equal(generator.get_state(), before)


def test_the_generator_decides():
    pictures = torch.randn(16, 3, 8, 8)
    first, again, other = (augment(pictures, True, 2, torch.Generator().manual_seed(s)) for s in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_point_stays_a_point():
    points = torch.randn(5, 2, 1, 1)
    assert torch.equal(augment(points, True, 8, torch.Generator().manual_seed(0)), points)


@pytest.mark.parametrize("shift", [-1, 9])
def test_the_config_says_how_far(shift):
    with pytest.raises(ValueError, match=rf"data.shift is {shift}; allowed: 0 \(off\) to 8 pixels"):
        DataConfig(shift=shift)
