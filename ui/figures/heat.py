"""The loss over (t, training step), as a map of colours, with the baseline as a strip beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ddpm_core.config import PredictionType
from ui.figures.parts import GROUND, SOFT, Spec, draw, shade, x_axis, zoomable
from ui.i18n import t

MAX_COLUMNS = 64
SCHEME = "viridis"
LOWEST: dict[PredictionType, float] = {"eps": 0.003, "x0": 0.003, "v": 0.03}
"""Where the colours begin; they end at 1. Fixed, so that a colour means the same from the first second to the last."""
TICKS = (0.003, 0.01, 0.03, 0.1, 0.3, 1)
GAP, STRIP = 10, 24
MAP_END = f"width - {GAP + STRIP}"
"""Pixels between the map and the strip, the strip's width, and where the map ends."""


def loss_by_t_chart(
    steps: NDArray[np.int64],
    losses: NDArray[np.float64],
    baseline: NDArray[np.float64],
    num_timesteps: int,
    kind: PredictionType,
    *,
    key: str,
    height: int = 320,
) -> None:
    """steps: (R,), where windows end; losses: (R, B), NaN where unknown; baseline: (B,); B equal parts of 1..T."""
    ends, means = merged(steps, losses)
    starts = np.concatenate([[0], ends[:-1]])
    num = len(baseline)
    edges = np.linspace(0, num_timesteps, num + 1)
    window, part = (index.ravel() for index in np.indices(means.shape))
    cells = pd.DataFrame(
        {"from": starts[window], "step": ends[window], "t0": edges[part], "t1": edges[part + 1]}
        | {"loss": means.ravel().astype(np.float32), "baseline": baseline[part].astype(np.float32)}
    )
    strip = pd.DataFrame({"t0": edges[:-1], "t1": edges[1:], "baseline": baseline.astype(np.float32)})
    data = pd.concat([cells, strip], ignore_index=True)
    draw(data, {"height": height, **_spec(num_timesteps, kind)}, key=key, alt=t("figures.heat_alt"))


def merged(
    steps: NDArray[np.int64], losses: NDArray[np.float64], most: int = MAX_COLUMNS
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """At most `most` windows: each the mean of two, four, … neighbours, so that a growing map keeps its place."""
    together = 1
    while len(steps) > most * together:
        together *= 2
    groups = range(0, len(steps), together)
    means = np.full((len(groups), losses.shape[1]), np.nan)
    for row, first in zip(means, groups, strict=True):
        some = losses[first : first + together]
        known = np.isfinite(some).any(0)
        row[known] = np.nanmean(some[:, known], 0)
    last = [min(first + together, len(steps)) - 1 for first in groups]
    return steps[last], means


def _spec(num_timesteps: int, kind: PredictionType) -> Spec:
    scale = {"type": "log", "scheme": SCHEME, "domain": [LOWEST[kind], 1], "clamp": True, "nice": False}
    legend = {
        "orient": "top",
        "title": t("figures.loss_axis"),
        "titleLimit": 300,
        "titleFontSize": 12,
        "titlePadding": 4,
        "gradientLength": 240,
        "gradientThickness": 8,
        "format": ".2~g",
        "values": [value for value in TICKS if value >= LOWEST[kind]],
        "offset": 4,
    }
    x = x_axis() | {"field": "from", "scale": {"domainMin": 0, "nice": False, "range": [0, {"expr": MAP_END}]}}
    up = {"scale": {"domain": [0, num_timesteps], "nice": False}, "axis": {"grid": False, "tickCount": 5}}
    y = {"y": {"field": "t0", "type": "quantitative", "title": "t", **up}, "y2": {"field": "t1"}}
    colour = {"field": "loss", "type": "quantitative", "scale": scale, "legend": legend}
    cells = {
        "transform": [{"filter": "isValid(datum.loss)"}],
        # Outlined in their own colour: else the ground shines through where cells meet between two pixels.
        "mark": {"type": "rect", "clip": True, "strokeWidth": 0.8},
        "encoding": {
            "x": x,
            "x2": {"field": "step"},
            **y,
            "color": colour,
            "stroke": colour | {"legend": None},
            "tooltip": [
                *_fields(("from", t("figures.after_step"), ",d"), ("step", t("figures.to_step"), ",d")),
                *_told(("loss", t("figures.heat_loss"), ".4f"), ("baseline", t("figures.heat_baseline"), ".4f")),
            ],
        },
    }
    return {"layer": [zoomable(cells, axes=["x"]), *_strip(y, scale)]}


def _strip(y: Spec, scale: Spec) -> list[Spec]:
    """The baseline at the right edge, in the map's colours, on ground that hides what is zoomed beyond the map."""
    ground = {
        "data": {"values": [{}]},
        "mark": {"type": "rect", "color": shade(GROUND)},
        "encoding": {"x": {"value": {"expr": MAP_END}}, "x2": {"value": "width"}},
    }
    colour = {"field": "baseline", "type": "quantitative", "scale": scale}
    bar = {
        "transform": [{"filter": "!isValid(datum.step) && isValid(datum.baseline)"}],
        "mark": {"type": "rect", "strokeWidth": 0.8},
        "encoding": {
            "x": {"value": {"expr": f"width - {STRIP}"}},
            "x2": {"value": "width"},
            **y,
            "color": colour,
            "stroke": colour | {"legend": None},
            "tooltip": _told(("baseline", t("figures.heat_baseline"), ".4f")),
        },
    }
    name = {
        "data": {"values": [{}]},
        "mark": {
            "type": "text",
            "text": t("figures.heat_baseline"),
            "align": "right",
            "baseline": "bottom",
            "clip": False,
        }
        | {"color": shade(SOFT), "fontSize": 11},
        "encoding": {"x": {"value": "width"}, "y": {"value": -4}},
    }
    return [ground, bar, name]


def _told(*values: tuple[str, str, str]) -> list[Spec]:
    return _fields(("t0", t("figures.above_t"), ",.0f"), ("t1", t("figures.to_t"), ",.0f"), *values)


def _fields(*values: tuple[str, str, str]) -> list[Spec]:
    return [{"field": f, "title": title, "format": form, "type": "quantitative"} for f, title, form in values]
