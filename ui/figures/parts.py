"""What the charts are made of: colours, axes, the line that follows the pointer, zoom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from ui import theme
from ui.i18n import t

Spec = dict[str, Any]
FAINT = theme.Colour("#8a8795", "#8b8898")
SOFT = theme.Colour("#5f5c6b", "#b4b1c0")
GROUND = theme.Colour("#fdfcf8", "#17161c")
"""The page itself, as .streamlit/config.toml has it."""
INK = theme.Colour("#22222a", "#ecebf2")
GRID = theme.Colour("#e4dfd2", "#3a3745")
"""Lines behind curves, as .streamlit/config.toml has its borders."""
SMOOTHED_SHARE = 20
"""The smoothed curve averages over one part in this many of the points."""
NARROW = 380
"""Pixels between the axes below which a legend breaks its line, as on a phone."""
DASHES = ([1, 0], [7, 3], [2, 3], [8, 3, 2, 3])
"""Of the first, second, third and fourth run on a chart."""
LEFT = 46
"""Room for the numbers of a y axis: the same in charts that stand one above the other."""


def smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over each value's neighbours, fewer of them near the ends."""
    window = np.ones(min(len(values), 2 * (len(values) // SMOOTHED_SHARE // 2) + 1))
    if not len(values):
        return values
    return np.convolve(values, window, "same") / np.convolve(np.ones_like(values), window, "same")


def shade(colour: theme.Colour) -> str:
    """A colour on the theme this visitor sees."""
    return colour.dark if st.context.theme.type == "dark" else colour.light


def x_axis(field: str = "step", *, show_labels: bool = True) -> Spec:
    """Training steps, or seconds, from 0; without labels where a chart below has them."""
    axis = {"grid": False, "tickCount": 6, "tickMinStep": 1, "format": ",d", "titlePadding": 4, "labels": show_labels}
    return {
        "field": field,
        "type": "quantitative",
        "title": t(f"figures.{field}") if show_labels else None,
        "scale": {"domainMin": 0, "nice": False},
        "axis": axis,
    }


def value_axis(field: str, title: str | None, *, log: bool) -> Spec:
    """Numbers upwards."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "nice": False, "padding": 8} if log else {"zero": True},
        "axis": {"tickCount": 5, "format": ".4~r", "minExtent": LEFT, "maxExtent": LEFT},
    }


def by_name(title: str, names: Sequence[str], colours: Sequence[str]) -> Spec:
    """One curve's colour and its place in the legend, which all curves of a chart share."""
    return {
        "datum": title,
        "type": "nominal",
        "scale": {"domain": list(names), "range": list(colours)},
        "legend": _legend(4),
    }


def by_run(labels: Sequence[str]) -> Spec:
    """The colour of the field "run"; a legend only where there are several."""
    colours = theme.run_colours()[: len(labels)] if len(labels) > 1 else [theme.colour("prediction")]
    return _by_run(labels, colours)


def dashes_by_run(labels: Sequence[str]) -> Spec:
    """The dashes of the field "run", by which runs can be told apart without their colours; the legend is by_run's."""
    return _by_run(labels, list(DASHES[: len(labels)]))


def _by_run(labels: Sequence[str], values: Sequence[object]) -> Spec:
    return {
        "field": "run",
        "type": "nominal",
        "scale": {"domain": list(labels), "range": list(values)},
        "legend": _legend(2) | {"symbolSize": 400, "labelLimit": 220} if len(labels) > 1 else None,
    }


def _legend(columns: int) -> Spec:
    look = {"symbolType": "stroke", "symbolStrokeWidth": 3, "symbolOpacity": 1, "symbolSize": 60}
    look |= {"labelLimit": 190, "labelFontSize": 12, "columnPadding": 10}
    fitting = {"expr": f"width < {NARROW} ? {columns // 2} : {columns}"}
    return {"orient": "top", "title": None, "offset": 6, "columns": fitting, **look}


def draw(data: pd.DataFrame, spec: Spec, *, key: str, alt: str) -> None:
    """A chart that keeps its zoom: Streamlit resets a zoom with every change of the data unless it reports its own."""
    st.vega_lite_chart(data, spec, key=key, alt=alt, on_select="rerun", selection_mode="zoom")


def zoomable(layer: Spec, *, axes: Sequence[str] = ("x", "y")) -> Spec:
    """The layer, with drag to move, Ctrl and wheel (or a pinch) to zoom, double click for all of it again.

    A bare wheel goes on scrolling the page.
    """
    select = {"type": "interval", "encodings": list(axes), "zoom": "wheel![event.ctrlKey || event.metaKey]"}
    return {**layer, "params": [{"name": "zoom", "select": select, "bind": "scales"}]}


def hover(valid: str, values: Sequence[tuple[str, str, str]], *, named: bool) -> Spec:
    """A line at the step nearest to the pointer, with exact numbers: field, title and format of each.

    It is found among rows whose `valid` is a number; `named` tells the run as well.
    """
    numbers = [("step", t("figures.step"), ",d"), ("epoch", t("figures.epoch"), "d"), *values]
    fields: list[Spec] = [{"field": "run", "title": t("figures.run")}] if named else []
    fields += [{"field": f, "title": title, "format": form, "type": "quantitative"} for f, title, form in numbers]
    select = {"type": "point", "nearest": True, "on": "pointerover", "clear": "pointerout"}
    return {
        "params": [{"name": "hover", "select": {**select, "fields": ["step", "run"]}}],
        "transform": [{"filter": f"isValid(datum.{valid})"}],
        "mark": {"type": "rule", "color": shade(FAINT)},
        "encoding": {
            "opacity": {"condition": {"param": "hover", "empty": False, "value": 0.7}, "value": 0},
            "tooltip": fields,
        },
    }
