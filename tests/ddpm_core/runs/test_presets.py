"""The course presets against the courses' published recipes."""

from __future__ import annotations

import pytest
import torch

from ddpm_core.config import ScheduleConfig, TrainConfig
from ddpm_core.data import DataInfo
from ddpm_core.runs.checkpoint import build_model
from ddpm_core.runs.presets import PRESETS
from ddpm_core.schedule import NoiseSchedule

INFO = {
    "sprites": DataInfo("sprites", 16, 16, 3, tuple("abcdefghij")),
    "mnist": DataInfo("mnist", 28, 28, 1, tuple("0123456789")),
    "digits": DataInfo("digits", 28, 28, 1, tuple("0123456789")),
    "eight_gaussians": DataInfo("eight_gaussians", 1, 1, 2, tuple("abcdefgh")),
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fits_its_data(name: str) -> None:
    config = PRESETS[name]
    info = INFO[config.data.name]
    model, shape = build_model(config, info), (2, info.channels, info.height, info.width)
    t = torch.tensor([1, config.schedule.num_timesteps]) if config.unet.time_conditioned else None
    with torch.no_grad():
        assert model(torch.zeros(shape), t).shape == shape


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("course_sprites", 1_480_771), ("cs180_time", 2_000_000), ("cs180_class", 2_020_000)],
)
def test_a_course_preset_has_the_size_of_the_course(name: str, theirs: int) -> None:
    config = PRESETS[name]
    model = build_model(config, INFO[config.data.name])
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(theirs, rel=0.03)


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        # T, batch, epochs, learning rate, its fall, p_uncond, class-conditional
        ("course_sprites", (500, 100, 32, 1e-3, "linear", 0.1, True)),
        ("cs180_time", (300, 128, 20, 1e-3, "exponential", 0.1, False)),
        ("cs180_class", (300, 128, 20, 1e-3, "exponential", 0.1, True)),
    ],
)
def test_a_course_preset_follows_the_recipe(name: str, recipe: tuple[object, ...]) -> None:
    c = PRESETS[name]
    got = (c.schedule.num_timesteps, c.batch_size, c.num_epochs, c.learning_rate, c.lr_schedule, c.p_uncond)
    assert (*got, c.class_conditional) == recipe
    assert c.prediction_type == "eps"
    assert c.schedule == ScheduleConfig("linear", c.schedule.num_timesteps, 1e-4, 0.02)
    assert (c.grad_clip, c.ema_decay, c.weight_decay, c.lr_warmup_steps) == (0, 0, 0, 0)
    assert NoiseSchedule(c.schedule).terminal_noise_warning()  # the courses' T is too short, and we say so


def test_the_one_step_preset_follows_the_recipe() -> None:
    c = PRESETS["cs180_one_step"]
    got = (c.denoiser_sigma, c.batch_size, c.num_epochs, c.learning_rate, c.lr_schedule, c.prediction_type)
    assert got == (0.5, 256, 5, 1e-4, "constant", "x0")


def test_the_courses_epochs_are_kept() -> None:
    """The sprite course counts from zero: its 0, 4, 8, 31 are epochs 1, 5, 9, 32 here."""
    assert {1, 5, 9, 32} <= set(PRESETS["course_sprites"].keep_epochs)
    for name, wanted in {"cs180_one_step": {1, 5}, "cs180_time": {1, 5, 20}, "cs180_class": {1, 5, 20}}.items():
        assert wanted <= set(PRESETS[name].keep_epochs)
    assert PRESETS["sprites"] == TrainConfig()
