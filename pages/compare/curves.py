"""The losses of all compared runs on one chart, drawn anew each second while one of them trains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ddpm_core.runs.comparison import loss_barriers
from pages.compare import table, words
from pages.compare.choice import Compared, fingerprint, refreshed
from ui import figures, theme
from ui.controls import segmented
from ui.figures.parts import draw, zoomable
from ui.guard import guard
from ui.i18n import t

SECONDS = 1.0
CURVES = ("held_out", "batches")
AXES = ("step", "seconds")
SCALES = ("log", "linear")
DASHES = ([1, 0], [7, 3], [2, 3], [8, 3, 2, 3])
"""Runs can be told apart without their colours."""


def follow_table(runs: Sequence[Compared], drawn: tuple[object, ...]) -> None:
    """Draw the table, and go on while a run trains; once `drawn` is out of date, the whole page is drawn anew."""
    st.fragment(_draw_table, run_every=_pace(runs))(runs, drawn)


def follow_loss(runs: Sequence[Compared]) -> None:
    """Draw the chart, and go on while a run trains."""
    st.fragment(_draw_loss, run_every=_pace(runs))(runs)


def _pace(runs: Sequence[Compared]) -> float | None:
    return SECONDS if any(run.alive for run in runs) else None


def _draw_table(runs: Sequence[Compared], drawn: tuple[object, ...]) -> None:
    with guard():
        now = refreshed(runs)
        if fingerprint(now) != drawn:
            st.rerun()
        st.html(table.table(now, bool(st.session_state.get("knobs"))))


def _draw_loss(runs: Sequence[Compared]) -> None:
    with guard():
        with st.container(horizontal=True, vertical_alignment="bottom", key="compare_loss_toolbar"):
            names = {curve: t(f"compare.curve_{curve}") for curve in CURVES}
            curve = segmented(t("compare.curve"), "curve", CURVES, CURVES[0], names.__getitem__)
            axis = segmented(t("compare.axis"), "axis", AXES, AXES[0], lambda a: t(f"compare.axis_{a}"))
            scale = segmented(t("compare.scale"), "scale", SCALES, SCALES[0], lambda s: t(f"train.scale_{s}"))
        data = pd.concat([_points(run, curve) for run in refreshed(runs)], ignore_index=True)
        if data.empty:
            st.caption(t("compare.no_loss_yet"))
        else:
            spec = _spec(runs, axis, log=scale == "log", dots=curve == "held_out")
            alt = t("compare.loss_alt", runs=", ".join(run.label for run in runs))
            draw(data, spec, key=f"compare_loss_{curve}_{axis}", alt=alt)
        if barriers := loss_barriers([run.config for run in runs]):
            knobs = ", ".join(words.knob(name) for name in barriers)
            st.info(t("compare.not_comparable", knobs=knobs), icon=":material/straighten:")


def _points(run: Compared, curve: str) -> pd.DataFrame:
    """Step, epoch, seconds and loss: at the end of each epoch, or the running mean over batches."""
    if curve == "held_out":
        ends = run.ends
        columns = {name: [getattr(end, name) for end in ends] for name in ("step", "epoch", "seconds")}
        return pd.DataFrame({**columns, "loss": [end.val_loss_ema for end in ends], "run": run.label})
    rows = run.steps
    smooth = figures.smoothed(rows.loss)
    return pd.DataFrame(
        {"step": rows.step, "epoch": rows.epoch, "seconds": rows.seconds, "loss": smooth, "run": run.label}
    )


def _spec(runs: Sequence[Compared], axis: str, *, log: bool, dots: bool) -> dict[str, Any]:
    x = {
        "field": axis, "type": "quantitative", "title": t(f"compare.axis_title_{axis}"),
        "scale": {"domainMin": 0, "nice": False},
        "axis": {"grid": False, "tickCount": 6, "tickMinStep": 1, "format": ",d"},
    }  # fmt: skip
    y = {
        "field": "loss", "type": "quantitative", "title": t("figures.loss_axis"),
        "scale": {"type": "log", "nice": False, "padding": 8} if log else {"zero": True},
        "axis": {"tickCount": 5, "format": ".4~g"},
    }  # fmt: skip
    line: dict[str, Any] = {"type": "line", "strokeWidth": 2}
    return {
        "height": 310,
        "encoding": {"x": x, "y": y, **by_run(runs)},
        "layer": [
            zoomable({"mark": line | ({"point": {"filled": True, "size": 36}} if dots else {})}),
            hover([("loss", t("compare.loss"), ".4f")]),
        ],
    }


def by_run(runs: Sequence[Compared], *, named: bool = True) -> dict[str, Any]:
    """Colour and dashes of the field "run", with one legend for both unless the runs are `named` elsewhere."""
    labels = [run.label for run in runs]
    legend = {
        "orient": "top",
        "title": None,
        "symbolType": "stroke",
        "symbolSize": 400,
        "labelLimit": 220,
        "columns": 2,
    }
    colours = {"domain": labels, "range": theme.run_colours()[: len(labels)]}
    dashes = {"domain": labels, "range": list(DASHES[: len(labels)])}
    return {
        "color": {"field": "run", "type": "nominal", "scale": colours, "legend": legend if named else None},
        "strokeDash": {"field": "run", "type": "nominal", "scale": dashes, "legend": legend if named else None},
    }


def hover(values: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """The point nearest to the pointer, its place and the exact `values` (field, title, format)."""
    numbers = [
        ("step", t("figures.step"), "d"),
        ("epoch", t("figures.epoch"), "d"),
        ("seconds", t("compare.axis_title_seconds"), ".1f"),
    ]
    fields = [{"field": "run", "title": t("compare.run")}]
    fields += [
        {"field": f, "title": title, "format": form, "type": "quantitative"} for f, title, form in [*numbers, *values]
    ]
    near = {"type": "point", "nearest": True, "on": "pointerover", "clear": "pointerout"}
    shown = {"condition": {"param": "hover", "empty": False, "value": 1}, "value": 0}
    return {
        "params": [{"name": "hover", "select": near}],
        "mark": {"type": "point", "filled": True, "size": 110, "strokeDash": [1, 0]},
        "encoding": {"opacity": shown, "tooltip": fields, "strokeDash": {"value": [1, 0]}},
    }
