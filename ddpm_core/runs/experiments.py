"""Runs to train side by side that differ in one setting: what does it change? Needs no torch."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ddpm_core.config import TrainConfig
from ddpm_core.errors import require
from ddpm_core.runs.presets import PRESETS

BASE = PRESETS["sprites_quick"]
"""About two minutes on two cores; the same data and seed for all, so that only the setting differs."""
_LINEAR = replace(BASE, schedule=replace(BASE.schedule, kind="linear"))


@dataclass(frozen=True)
class Experiment:
    """One config for each value of one setting, named as in `comparison.flat`: schedule.num_timesteps."""

    setting: str
    configs: tuple[TrainConfig, ...]


def vary(base: TrainConfig, setting: str, values: Sequence[object]) -> Experiment:
    """`base` once with each of `values` at `setting`; a dot leads into a part of the config."""
    return Experiment(setting, tuple(_with(base, setting.split("."), value) for value in values))


def _with(config: Any, path: Sequence[str], value: object) -> Any:
    name, *rest = path
    allowed = [field.name for field in dataclasses.fields(config)]
    require(name in allowed, "setting", name, ", ".join(allowed))
    return replace(config, **{name: _with(getattr(config, name), rest, value) if rest else value})


EXPERIMENTS: dict[str, Experiment] = {
    "t_per_batch": vary(BASE, "t_per_batch", (False, True)),
    "prediction": vary(BASE, "prediction_type", ("eps", "x0", "v")),
    "schedule": vary(BASE, "schedule.kind", ("cosine", "linear")),
    "ema": vary(BASE, "ema_decay", (BASE.ema_decay, 0.0)),
    # Linear, whose betas do not grow as T shrinks: 50 steps leave most of the picture at t = T. Cosine would mend that.
    "steps": vary(_LINEAR, "schedule.num_timesteps", (1000, 50)),
}
