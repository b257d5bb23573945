"""The schedules side by side: what is kept of the picture, log SNR and sigma over t, of every kind, at the page's T."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ddpm_core.config import ScheduleConfig, ScheduleKind
from ddpm_core.schedule import NoiseSchedule
from ui import cache, controls, theme
from ui.figures.explored import TEXT, axis, dash, explore
from ui.figures.parts import DASHES, INK, Spec, shade
from ui.guard import guard
from ui.i18n import t

KINDS: tuple[ScheduleKind, ...] = get_args(ScheduleKind)
RESCALED: ScheduleKind = "linear"
"""The kind drawn with zero terminal SNR as well: of few steps it is far from noise at T."""
RESCALED_DASH = [12, 4]
SCALES = ("log", "linear")
MOST_SIGMA = 5
"""Where the linear axis of sigma ends: the cosine kind's last is in the thousands, and would flatten all others."""
PANELS = {"alphas_cumprod": (0.73, 1.0), "log_snr": (0.365, 0.635), "sigma": (0.0, 0.27)}
"""Tables of a schedule, and where each is drawn, as shares of the height."""
HEIGHT = 620


@dataclass(frozen=True)
class Curve:
    """A schedule and how it is drawn."""

    name: str
    schedule: NoiseSchedule
    colour: str
    dash: str
    chosen: bool


def offer(schedule: NoiseSchedule, now: int) -> None:
    """The figure, folded: nothing of it is sent until it is opened. `now` is the t under the learner's hand."""
    st.fragment(_fold)(schedule, now)


def _fold(schedule: NoiseSchedule, now: int) -> None:
    name = t("add_noise.schedules")
    fold = st.expander(name, key="schedules", bind="query-params", icon=":material/show_chart:")
    if fold.open:
        with fold, guard():
            scale = controls.segmented("add_noise.scale", SCALES, SCALES[0])
            draw(schedule, now, log=scale == "log")
            config = schedule.config
            about = {"T": config.num_timesteps, "beta_1": f"{config.beta_1:g}", "beta_T": f"{config.beta_T:g}"}
            st.caption(t("add_noise.schedules_caption", **about))


def draw(schedule: NoiseSchedule, now: int, *, log: bool) -> None:
    """All kinds at the T of `schedule`, which stands out, and a line at t = `now`."""
    curves = _curves(schedule.config)
    violet = theme.colour("xt")
    sigma: Spec = {"type": "log", "dtick": 2} if log else {"range": [-0.1, MOST_SIGMA], "nticks": 6}
    hand = {"type": "line", "x0": now, "x1": now, "y0": 0, "y1": 1, "line": {"color": violet, "width": 1.5}}
    explore(
        [_line(curve, table) for curve in curves for table in PANELS] + [_dot(curves, table, now) for table in PANELS],
        key="add_noise_schedules",
        alt=t("add_noise.schedules_alt", T=schedule.num_timesteps, t=now),
        height=HEIGHT,
        hovermode="x unified",
        xaxis=axis(
            "t", grid=False, anchor="y3", range=[0, schedule.num_timesteps], unifiedhovertitle={"text": "t = %{x:d}"}
        ),
        yaxis=axis(domain=PANELS["alphas_cumprod"], range=[-0.03, 1.03], nticks=5),
        yaxis2=axis(domain=PANELS["log_snr"], nticks=6),
        yaxis3=axis(domain=PANELS["sigma"], **sigma),
        annotations=_headings(log),
        shapes=[hand | {"yref": f"{_axis_of(table)} domain"} for table in PANELS],
        legend={"orientation": "h", "x": 0, "y": -0.1, "yanchor": "top"},
    )


def _curves(chosen: ScheduleConfig) -> list[Curve]:
    """Every kind with the other settings of the chosen one."""
    configs = [replace(chosen, kind=kind) for kind in KINDS]
    looks = dict(zip(KINDS, zip(theme.run_colours(), DASHES, strict=True), strict=True))
    curves = [
        Curve(
            t(f"add_noise.schedule_{config.kind}"),
            cache.schedule(config),
            looks[config.kind][0],
            dash(looks[config.kind][1]),
            config == chosen,
        )
        for config in configs
    ]
    rescaled = cache.schedule(replace(chosen, kind=RESCALED, zero_terminal_snr=True))
    words = t("add_noise.schedule_rescaled", kind=t(f"add_noise.schedule_{RESCALED}"))
    after = 1 + KINDS.index(RESCALED)
    return [*curves[:after], Curve(words, rescaled, looks[RESCALED][0], dash(RESCALED_DASH), False), *curves[after:]]


def _line(curve: Curve, table: str) -> go.Scatter:
    """A table of a schedule over t = 0..T; where it is infinite there is nothing to draw."""
    with np.errstate(over="ignore"):
        values = getattr(curve.schedule, table).astype(np.float32)
    return go.Scatter(
        name=curve.name,
        legendgroup=curve.name,
        showlegend=table == next(iter(PANELS)),
        x0=0,
        dx=1,
        y=np.where(np.isfinite(values), values, np.nan),
        yaxis=_axis_of(table),
        mode="lines",
        line={"color": curve.colour, "dash": curve.dash, "width": 3.5 if curve.chosen else 1.75, "simplify": False},
        zorder=int(curve.chosen),
        hovertemplate="%{y:.4~g}",
    )


def _dot(curves: Sequence[Curve], table: str, now: int) -> go.Scatter:
    """Where the chosen schedule stands at t = `now`."""
    chosen = next(curve for curve in curves if curve.chosen)
    place = getattr(chosen.schedule, table)[now]
    return go.Scatter(
        x=[now],
        y=[place if np.isfinite(place) else None],
        yaxis=_axis_of(table),
        mode="markers",
        marker={"color": theme.colour("xt"), "size": 9},
        zorder=2,
        hoverinfo="skip",
        showlegend=False,
    )


def _axis_of(table: str) -> str:
    """The name of a panel's axis: y, y2 and y3."""
    number = 1 + list(PANELS).index(table)
    return "y" if number == 1 else f"y{number}"


def _headings(log: bool) -> list[Spec]:
    """What each panel shows, over its left corner."""
    words = {
        "alphas_cumprod": t("add_noise.panel_alphas_cumprod"),
        "log_snr": t("add_noise.panel_log_snr"),
        "sigma": t("add_noise.panel_sigma") if log else t("add_noise.panel_sigma_linear", most=MOST_SIGMA),
    }
    look = {"xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "yanchor": "bottom", "showarrow": False}
    font = {"size": TEXT, "color": shade(INK)}
    return [look | {"text": words[table], "y": top, "yshift": 3, "font": font} for table, (_, top) in PANELS.items()]
