"""What sets runs apart: the settings that differ, and whether their losses measure the same thing. Needs no torch."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from ddpm_core.config import KINDS_WITH_T, TrainConfig

OTHER_QUESTION = ("prediction_type", "denoiser_sigma")
"""Settings that change what the network is asked; another target has another scale of error."""
OTHER_TASK = ("schedule.", "data.name")
"""Settings that change how hard the same question is: how noisy the pictures are at each t, and which pictures."""


def flat(config: Any, prefix: str = "") -> dict[str, Any]:
    """Every setting by its dotted name, in the config's order: data.name, schedule.kind, …, prediction_type."""
    settings: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            settings |= flat(value, f"{prefix}{field.name}.")
        else:
            settings[prefix + field.name] = value
    return settings


def differing(configs: Sequence[TrainConfig]) -> tuple[str, ...]:
    """The settings whose values are not the same in all `configs`; one that only some have differs."""
    settings, absent = [flat(config) for config in configs], object()
    names = dict.fromkeys(name for values in settings for name in values)
    values_of = {name: [values.get(name, absent) for values in settings] for name in names}
    return tuple(name for name, values in values_of.items() if any(value != values[0] for value in values))


def loss_barriers(configs: Sequence[TrainConfig]) -> tuple[str, ...]:
    """The settings for which the held-out losses of `configs` cannot be compared; () when they can.

    The held-out loss is unweighted and at fixed t and eps, so weighting, EMA, batch and the like do not matter.
    """
    schedule_matters = any(config.kind in KINDS_WITH_T for config in configs)
    barred = OTHER_QUESTION + OTHER_TASK
    return tuple(
        name
        for name in differing(configs)
        if name.startswith(barred) and (schedule_matters or not name.startswith("schedule."))
    )
