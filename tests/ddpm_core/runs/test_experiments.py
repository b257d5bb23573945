"""Experiments differ in the setting they name and in nothing else; losses are compared only where they may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ddpm_core.config import DataConfig, MLPConfig, TrainConfig, UNetConfig
from ddpm_core.runs.comparison import differing, flat, loss_barriers
from ddpm_core.runs.experiments import BASE, EXPERIMENTS, vary
from ddpm_core.schedule import NoiseSchedule


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_differs_in_its_setting_alone(name: str) -> None:
    experiment = EXPERIMENTS[name]
    assert differing(experiment.configs) == (experiment.setting,)
    values = [flat(config)[experiment.setting] for config in experiment.configs]
    assert len(set(values)) == len(values) >= 2


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_is_short_and_keeps_epochs_to_compare(name: str) -> None:
    for config in EXPERIMENTS[name].configs:
        assert config.num_epochs * config.data.num_pictures <= BASE.num_epochs * BASE.data.num_pictures
        assert sum(epoch <= config.num_epochs for epoch in config.keep_epochs) >= 4


def test_most_experiments_share_a_run() -> None:
    """The plain preset is one side of four of them, so a class trains it once."""
    assert sum(BASE in experiment.configs for experiment in EXPERIMENTS.values()) == 4


def test_few_steps_of_the_linear_schedule_leave_the_picture() -> None:
    many, few = (NoiseSchedule(config.schedule) for config in EXPERIMENTS["steps"].configs)
    assert many.sqrt_alphas_cumprod[-1] < 0.01
    assert few.sqrt_alphas_cumprod[-1] > 0.7


def test_a_setting_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"'depth'.*kind"):
        vary(BASE, "schedule.depth", (1, 2))


def test_flat_names_every_setting() -> None:
    settings = flat(TrainConfig())
    assert (settings["data.name"], settings["schedule.kind"], settings["unet.channel_mults"]) == (
        "sprites",
        "cosine",
        (1, 2, 2),
    )
    assert settings["prediction_type"] == "v"
    assert "unet" not in settings


def test_a_setting_that_only_one_has_differs() -> None:
    points = replace(TrainConfig(), mlp=MLPConfig(width=64))
    assert set(differing([TrainConfig(), points])) >= {"mlp", "mlp.width"}


def test_nothing_differs_between_a_run_and_itself() -> None:
    assert differing([TrainConfig(), TrainConfig()]) == ()


@pytest.mark.parametrize(
    ("change", "barriers"),
    [
        ({"prediction_type": "eps"}, ("prediction_type",)),
        ({"schedule": replace(BASE.schedule, kind="linear")}, ("schedule.kind",)),
        ({"data": DataConfig(name="mnist", num_pictures=8_000)}, ("data.name",)),
        ({"batch_size": 8, "ema_decay": 0.0, "t_per_batch": True, "loss_weighting": "min_snr", "seed": 5}, ()),
    ],
)
def test_losses_compare_only_for_the_same_question(change: dict[str, object], barriers: tuple[str, ...]) -> None:
    assert loss_barriers([BASE, replace(BASE, **change)]) == barriers  # type: ignore[arg-type]


def test_the_schedule_of_one_step_denoisers_does_not_matter() -> None:
    one_step = replace(
        BASE, denoiser_sigma=0.5, prediction_type="x0", class_conditional=False, unet=UNetConfig(time_conditioned=False)
    )
    other = replace(one_step, schedule=replace(BASE.schedule, kind="linear"))
    assert loss_barriers([one_step, other]) == ()
    assert loss_barriers([one_step, replace(one_step, denoiser_sigma=0.3)]) == ("denoiser_sigma",)
