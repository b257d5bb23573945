"""Configs: each wrong value names itself, and JSON there and back changes nothing."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpm_core.config import DataConfig, SampleConfig, ScheduleConfig, TrainConfig, UNetConfig, from_dict, to_dict
from ddpm_core.runs.presets import PRESETS

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("cls", "name", "values", "allowed"),
    [
        (UNetConfig, "base_channels", (0, 3, 2048), "even numbers, 2 to 1024"),
        (UNetConfig, "channel_mults", ((), (1, 0), (1,) * 6), "1 to 5 levels, multiples of at least 1"),
        (UNetConfig, "num_res_blocks", (0, 9), "1 to 8"),
        (UNetConfig, "num_groups", (0, 3, 64), r"divisors of base_channels \(32\)"),
        (UNetConfig, "patch_size", (0, 3, 8), "1, 2 or 4"),
        (DataConfig, "num_pictures", (-1, 10**7), "0 to 1000000"),
        (DataConfig, "num_validation", (0, 10**5), "1 to 10000"),
        (DataConfig, "seed", (-1, 2**31), "0 to 2147483647"),
        (TrainConfig, "prediction_type", ("epsilon", "", None), "eps, x0, v"),
        (TrainConfig, "lr_schedule", ("step",), "constant, linear, cosine, exponential"),
        (TrainConfig, "loss_weighting", ("snr",), "simple, min_snr"),
        (TrainConfig, "precision", ("float16",), "auto, float32, bfloat16"),
        (TrainConfig, "device", ("gpu",), "auto, cpu, cuda"),
        (TrainConfig, "p_uncond", (-0.1, 1.0, NAN), "0 up to, not including, 1"),
        (TrainConfig, "num_epochs", (0, 10_001), "1 to 10000"),
        (TrainConfig, "batch_size", (0, 10**6), "1 to 65536"),
        (TrainConfig, "learning_rate", (0.0, -1.0, 1.1, NAN), "above 0, at most 1"),
        (TrainConfig, "lr_final_factor", (0.0, 2.0), "above 0, at most 1"),
        (TrainConfig, "lr_warmup_steps", (-1,), "0 or more"),
        (TrainConfig, "weight_decay", (-1e-9, INF, NAN), "0 to 10"),
        (TrainConfig, "grad_clip", (-1.0, NAN), r"0 \(off\) or more"),
        (TrainConfig, "ema_decay", (-0.1, 1.0), "0 up to, not including, 1"),
        (TrainConfig, "min_snr_gamma", (0.0, NAN), "above 0"),
        (TrainConfig, "denoiser_sigma", (-0.5, 11.0), r"0 \(off\) to 10"),
        (TrainConfig, "keep_epochs", ((-1,),), "epochs of 0 or more"),
        (TrainConfig, "seed", (-1, 2**31), "0 to 2147483647"),
        (TrainConfig, "num_threads", (-1, 5000), r"0 \(measured\) to 1024"),
        (TrainConfig, "max_seconds", (-1.0, NAN), r"0 \(no limit\) or more"),
        (SampleConfig, "sampler", ("euler",), "ddpm, ddim, dpmpp_2m"),
        (SampleConfig, "spacing", ("uniform",), "leading, linspace, trailing, quadratic"),
        (SampleConfig, "variance_type", ("learned",), "fixed_small, fixed_large"),
        (SampleConfig, "num_sampling_steps", (0,), "1 to T"),
        (SampleConfig, "eta", (-0.1, 1.1, NAN), "0 to 1"),
        (SampleConfig, "guidance_scale", (-1.0, 21.0), r"0 to 20 \(1 is off\)"),
        (SampleConfig, "num_pictures", (0, 10**6), "1 to 100000"),
        (SampleConfig, "labels", ((-2,),), "class numbers, or -1 for none"),
        (SampleConfig, "seed", (-1,), "0 to 2147483647"),
    ],
)
def test_a_wrong_value_names_itself(cls: type, name: str, values: tuple[Any, ...], allowed: str) -> None:
    for value in values:
        with pytest.raises(ValueError, match=rf"{name} is .*; allowed: {allowed}") as caught:
            cls(**{name: value})
        assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"prediction_type": "eps", "schedule": ScheduleConfig(zero_terminal_snr=True)},
            "prediction_type is 'eps' and schedule.zero_terminal_snr is True.*Use prediction_type 'v'",
        ),
        ({"denoiser_sigma": 0.5}, "denoiser_sigma is 0.5.*Set prediction_type 'x0'"),
        (
            {"denoiser_sigma": 0.5, "prediction_type": "x0", "unet": UNetConfig(time_conditioned=False)},
            "sees no t and no class.*class_conditional False",
        ),
        ({"unet": UNetConfig(time_conditioned=False)}, "unet.time_conditioned is False: only a one-step denoiser"),
    ],
)
def test_values_that_contradict_each_other(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        TrainConfig(**changes)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"learning_rat": 1e-3}, '"learning_rat"'),
        ({"schedule": {"type": "linear"}}, '"schedule.type"|"type"'),
        ({"schedule": {"kind": "bent"}}, '"schedule.kind"'),
        ({"schedule": 5}, '"schedule"'),
        ({"learning_rate": "fast"}, '"learning_rate" - should be "float" instead of value "fast"'),
        ({"learning_rate": None}, '"learning_rate"'),
        ({"batch_size": 1.5}, '"batch_size" - should be "int" instead of value "1.5"'),
        ({"keep_epochs": 5}, '"keep_epochs"'),
        ({"keep_epochs": ["a"]}, '"keep_epochs"'),
        ({"unet": {"channel_mults": "12"}}, '"unet.channel_mults"'),
        ({"batch_size": -1}, "batch_size is -1; allowed: 1 to 65536"),
        ([1, 2], r"TrainConfig is \[1, 2\]; allowed: an object"),
        (None, "TrainConfig is None"),
    ],
)
def test_wrong_json_is_named(values: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        from_dict(TrainConfig, values)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_json(name: str) -> None:
    assert from_dict(TrainConfig, json.loads(json.dumps(to_dict(PRESETS[name])))) == PRESETS[name]


def test_every_preset_is_of_the_kind_its_recipe_says() -> None:
    special = {"points": "points", "cs180_one_step": "denoiser"}
    assert {name: config.kind for name, config in PRESETS.items()} == {
        name: special.get(name, "diffusion") for name in PRESETS
    }


def test_the_kind_is_read_from_the_settings_that_are_stored() -> None:
    for config in PRESETS.values():
        stored = to_dict(config)
        assert "kind" not in stored
        assert from_dict(TrainConfig, stored).kind == config.kind


def test_whole_numbers_stand_for_floats_and_missing_values_for_defaults() -> None:
    config = from_dict(TrainConfig, {"grad_clip": 2, "schedule": {"kind": "linear"}})
    assert type(config.grad_clip) is float
    assert config == replace(TrainConfig(), grad_clip=2.0, schedule=ScheduleConfig(kind="linear"))


@given(
    st.builds(
        SampleConfig,
        num_sampling_steps=st.integers(1, 1000),
        eta=st.floats(0, 1),
        guidance_scale=st.floats(0, 20),
        labels=st.lists(st.integers(-1, 9), max_size=4).map(tuple),
        sampler=st.sampled_from(["ddpm", "ddim", "dpmpp_2m"]),
    )
)
@settings(max_examples=50, deadline=None)
def test_any_sample_config_survives_json(config: SampleConfig) -> None:
    assert from_dict(SampleConfig, json.loads(json.dumps(to_dict(config)))) == config


def test_a_size_is_halved_at_each_level_but_the_last() -> None:
    assert UNetConfig(channel_mults=(1, 2, 2), patch_size=2).size_divisor == 8
