"""What figures share that a learner explores, with hover, zoom and 3-D: they are Plotly, and streamed ones Vega-Lite.

Plotly's part in the browser, 4.7 MB, is fetched by the first figure drawn: draw one only where it is looked at
(decision 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from ui.figures.parts import GRID, INK, SOFT, Spec, shade
from ui.i18n import language, table

TEXT, SMALL = 13, 12
"""Sizes of words and of numbers along axes, in pixels."""
REMOVED_BUTTONS = (
    "zoom2d",
    "pan2d",
    "autoScale2d",
    "pan3d",
    "orbitRotation",
    "resetCameraLastSave3d",
    "hoverClosest3d",
)


def explore(traces: Sequence[Any], *, key: str, alt: str, height: int, **layout: Any) -> None:
    """Draw `traces` (of plotly.graph_objects) in the app's fonts and colours; `layout` as go.Layout takes it."""
    look = {
        "height": height,
        "margin": {"l": 0, "r": 12, "t": 28, "b": 0},  # above, the buttons
        "font": {"size": TEXT, "color": shade(SOFT)},
        "hoverlabel": {"font": {"size": TEXT, "color": shade(INK)}, "align": "left", "namelength": -1},
        "dragmode": False if on_phone() else "zoom",
    }
    figure = go.Figure(list(traces), go.Layout(look | layout))
    st.plotly_chart(figure, key=key, alt=alt, config=_config(key))


def axis(title: str | None = None, *, grid: bool = True, **more: Any) -> Spec:
    """An axis of the plane: numbers small and quiet, lines only where there is a `grid`."""
    return {
        "title": {"text": title, "font": {"size": TEXT, "color": shade(SOFT)}, "standoff": 8},
        "tickfont": {"size": SMALL, "color": shade(SOFT)},
        "showgrid": grid,
        "gridcolor": shade(GRID),
        "zeroline": False,
        "automargin": True,
        **more,
    }


def space_axis(title: str, **more: Any) -> Spec:
    """An axis of a 3-D scene, on the page's own ground."""
    line = {"gridcolor": shade(GRID), "zerolinecolor": shade(GRID), "linecolor": shade(GRID)}
    return {
        "title": {"text": title, "font": {"size": TEXT + 3, "color": shade(INK)}},
        "tickfont": {"size": SMALL, "color": shade(SOFT)},
        "showbackground": False,
        "showspikes": False,
        **line,
        **more,
    }


def dash(pixels: Sequence[int]) -> str:
    """A dash of parts.DASHES as Plotly takes it."""
    return ",".join(f"{length}px" for length in pixels) if pixels[-1] else "solid"


def on_phone() -> bool:
    """Whether this is a phone: there a finger on a flat figure means to scroll the page, and buttons zoom."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


def _config(name: str) -> Spec:
    """Few buttons, in the page's language; a bare wheel goes on scrolling the page."""
    return {
        "displaylogo": False,
        "scrollZoom": False,
        "showTips": False,
        "modeBarButtonsToRemove": list(REMOVED_BUTTONS),
        "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
        "locale": language(),
        "locales": {language(): {"dictionary": table("plotly"), "format": {}}},
    }
