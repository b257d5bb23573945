"""The run that is made to fit a dataset of one's own."""

from __future__ import annotations

import pytest
import torch

from ddpm_core.data import DataInfo
from ddpm_core.data.own.imported import MAX_SIZE, MIN_SIZE, SIZE_STEP
from ddpm_core.runs.checkpoint import build_model
from ddpm_core.runs.presets import MOST_EPOCHS, MOST_PICTURES, PICTURES_SEEN, preset_for

CLASSES = ("circle", "square")


@pytest.mark.parametrize("channels", [1, 3])
def test_the_network_takes_every_size_that_can_be_imported(channels: int) -> None:
    for size in range(MIN_SIZE, MAX_SIZE + 1, SIZE_STEP):
        info = DataInfo("mine", size, size, channels, CLASSES)
        config = preset_for(info, 200)
        assert size % config.unet.size_divisor == 0, size
        model, shape = build_model(config, info), (1, channels, size, size)
        with torch.no_grad():
            assert model(torch.zeros(shape), torch.tensor([5])).shape == shape


@pytest.mark.parametrize("num", [1, 180, 5_000, 60_000, None])
def test_the_fewer_the_pictures_the_more_the_epochs(num: int | None) -> None:
    config = preset_for(DataInfo("mine", 16, 16, 3, CLASSES), num)
    assert config.data.num_pictures == min(num or MOST_PICTURES, MOST_PICTURES)
    seen = config.num_epochs * config.data.num_pictures
    assert config.num_epochs == MOST_EPOCHS or PICTURES_SEEN <= seen < PICTURES_SEEN + config.data.num_pictures
    assert config.data.name == "mine"


@pytest.mark.parametrize(("names", "conditional"), [((), False), (("leaf",), False), (CLASSES, True)])
def test_classes_are_asked_for_where_there_are_several(names: tuple[str, ...], conditional: bool) -> None:
    assert preset_for(DataInfo("mine", 16, 16, 1, names), 100).class_conditional is conditional


def test_points_get_the_network_of_points() -> None:
    config = preset_for(DataInfo("spiral", 1, 1, 2, CLASSES), None)
    assert config.mlp is not None
    assert config.data.name == "spiral"
