"""How good the samples of several runs are, epoch by epoch, as a figure to explore."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import plotly.graph_objects as go

from ui import theme
from ui.figures.explored import axis, dash, explore
from ui.figures.parts import DASHES, Spec
from ui.i18n import t

HEIGHT = 240
SHARE = [-0.04, 1.06]
"""From none to all, with room for the points there."""


@dataclass(frozen=True)
class Scored:
    """What the samples of one epoch scored, and what as many real pictures score."""

    step: int
    epoch: int
    seconds: float
    value: float
    real: float
    num_samples: int


def quality_chart(runs: Mapping[str, Sequence[Scored]], *, share: bool, key: str, alt: str) -> None:
    """One measure over training steps, by run in the order of their colours; dashed: what real pictures score.

    `share`: whether it is a share of 1, or a distance on a log axis. A run without scores keeps its colour to itself.
    """
    looks = zip(runs.items(), theme.run_colours(), DASHES, strict=False)
    lines = [_line(label, scores, colour, dash(dashes), share) for (label, scores), colour, dashes in looks]
    known = [score for scores in runs.values() for score in scores]
    last = max(1, *(score.step for score in known))
    upwards: Spec = (
        {"range": SHARE, "tickformat": ".0%", "nticks": 4}
        if share
        else {"type": "log", "nticks": 5, "tickformat": "~g"}
    )
    explore(
        [*(_floor(real, last) for real in sorted({score.real for score in known})), *lines],
        key=key,
        alt=alt,
        height=HEIGHT,
        hovermode="closest",
        showlegend=False,
        xaxis=axis(t("figures.step"), grid=False, range=[-last / 40, last * 41 / 40], nticks=6, tickformat=",d"),
        yaxis=axis(**upwards),
    )


def _line(label: str, scores: Sequence[Scored], colour: str, dashes: str, share: bool) -> go.Scatter:
    ordered = sorted(scores, key=lambda score: score.step)
    form = ".1%" if share else ".2f"
    rows = [
        (t("figures.step"), "%{x:,d}"),
        (t("figures.epoch"), "%{customdata[1]:d}"),
        (t("figures.seconds"), "%{customdata[2]:,.1f}"),
        (t("figures.drawn"), f"%{{y:{form}}}"),
        (t("figures.real_data"), f"%{{customdata[4]:{form}}}"),
        ("n", "%{customdata[5]:,d}"),
    ]
    title = f"<b>{html.escape(label)}</b>"
    return go.Scatter(
        name=label,
        x=[score.step for score in ordered],
        y=[score.value for score in ordered],
        customdata=[(*astuple(score), title) for score in ordered],
        mode="lines+markers",
        line={"color": colour, "dash": dashes, "width": 2},
        marker={"size": 8},
        hovertemplate="<br>".join(["%{customdata[6]}", *(f"{name}: {value}" for name, value in rows)])
        + "<extra></extra>",
    )


def _floor(real: float, last: int) -> go.Scatter:
    return go.Scatter(
        x=[0, last],
        y=[real, real],
        mode="lines",
        line={"color": theme.colour("x0"), "dash": "4px,4px", "width": 1.5},
        hoverinfo="skip",
    )
