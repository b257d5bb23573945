"""Charts that pages share, as Vega-Lite. A specification never changes while data stream in, so they move in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from ddpm_core.events import EpochEnd
from jobs.records import EpochRecord, Metrics
from ui import theme
from ui.i18n import t

FAINT = theme.Colour("#8a8795", "#8b8898")
INK = theme.Colour("#22222a", "#ecebf2")
SMOOTHED_SHARE = 20
"""The smoothed curve averages over one part in this many of the points."""


def smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over each value's neighbours, fewer of them near the ends."""
    window = np.ones(min(len(values), 2 * (len(values) // SMOOTHED_SHARE // 2) + 1))
    if not len(values):
        return values
    return np.convolve(values, window, "same") / np.convolve(np.ones_like(values), window, "same")


def loss_chart(
    metrics: Metrics, epochs: Sequence[EpochRecord | EpochEnd], *, log: bool, key: str, height: int = 260
) -> None:
    """The loss of each batch and its mean over time, and the loss on held-out pictures at each epoch's end."""
    batches = pd.DataFrame({"step": metrics.step, "epoch": metrics.epoch, "batch": metrics.loss})
    batches["smooth"] = smoothed(metrics.loss)
    ends = pd.DataFrame({name: [getattr(end, name) for end in epochs] for name in ("step", "epoch")})
    ends["held_out"] = np.array([end.val_loss_ema for end in epochs], float)
    data = pd.concat([batches, ends], ignore_index=True)
    st.vega_lite_chart(data, _loss_spec(log, height), key=key, alt=t("figures.loss_alt"))


def _loss_spec(log: bool, height: int) -> dict[str, Any]:
    names = {name: t(f"figures.loss_{name}") for name in ("batch", "smooth", "held_out")}
    marks: dict[str, dict[str, Any]] = {
        "batch": {"type": "line", "strokeWidth": 1, "opacity": 0.45},
        "smooth": {"type": "line", "strokeWidth": 2.5},
        "held_out": {"type": "line", "strokeWidth": 1, "strokeDash": [3, 3], "point": {"filled": True, "size": 40}},
    }
    axis = {
        "field": "step",
        "type": "quantitative",
        "title": t("figures.step"),
        "scale": {"domainMin": 0, "nice": False},
    }
    axis["axis"] = {"grid": False, "tickCount": 6, "tickMinStep": 1, "format": ",d"}
    curves = [_curve(name, mark, names, log) for name, mark in marks.items()]
    return {"height": height, "encoding": {"x": axis}, "layer": [*curves, _hover(names)]}


def _curve(name: str, mark: dict[str, Any], names: dict[str, str], log: bool) -> dict[str, Any]:
    """One column of the data as a curve with its place in the legend."""
    legend = {"orient": "top", "title": None, "offset": 12, "symbolType": "stroke", "symbolStrokeWidth": 3}
    colours = {"domain": list(names.values()), "range": [_shown(FAINT), theme.colour("prediction"), _shown(INK)]}
    y = {
        "field": name,
        "type": "quantitative",
        "title": t("figures.loss_axis"),
        "scale": {"type": "log", "nice": False, "padding": 8} if log else {"zero": True},
        "axis": {"tickCount": 5, "format": ".2~g"},
    }
    colour = {"datum": names[name], "type": "nominal", "scale": colours, "legend": {**legend, "symbolOpacity": 1}}
    return {
        "transform": [{"filter": f"isValid(datum.{name})"}],
        "mark": mark,
        "encoding": {"y": y, "color": colour},
    }


def _hover(names: dict[str, str]) -> dict[str, Any]:
    """A line at the step nearest to the pointer, with the exact values."""
    numbers = [("step", t("figures.step"), "d"), ("epoch", t("figures.epoch"), "d")]
    numbers += [(field, name, ".4f") for field, name in names.items()]
    fields = [{"field": f, "title": title, "format": form, "type": "quantitative"} for f, title, form in numbers]
    select = {"type": "point", "fields": ["step"], "nearest": True, "on": "pointerover", "clear": "pointerout"}
    return {
        "params": [{"name": "hover", "select": select}],
        "transform": [{"filter": "isValid(datum.batch)"}],
        "mark": {"type": "rule", "color": _shown(FAINT)},
        "encoding": {
            "opacity": {"condition": {"param": "hover", "empty": False, "value": 0.7}, "value": 0},
            "tooltip": [field for field in fields if field["field"] != "held_out"],
        },
    }


def _shown(colour: theme.Colour) -> str:
    return colour.dark if st.context.theme.type == "dark" else colour.light
