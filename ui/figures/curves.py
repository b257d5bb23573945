"""Curves over training steps: the loss, and the other numbers of each step, of one run or of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ddpm_core.runs.events import EpochEnd
from jobs.store.records import Metrics
from ui import theme
from ui.figures.parts import (
    FAINT,
    INK,
    SOFT,
    Spec,
    by_name,
    by_run,
    dashes_by_run,
    draw,
    hover,
    shade,
    smoothed,
    value_axis,
    x_axis,
    zoomable,
)
from ui.i18n import t

MAX_ENDS = 100
HELD_OUT = {"held_out": "val_loss_ema", "held_out_raw": "val_loss"}


@dataclass(frozen=True)
class Curve:
    """What a run told while it trained."""

    label: str
    metrics: Metrics
    ends: Sequence[EpochEnd]


def loss_chart(curves: Sequence[Curve], *, log: bool, key: str, height: int = 260) -> None:
    """The loss of each batch and its mean over time, and the loss on held-out pictures at each epoch's end.

    Several runs are told apart by their colour, and then each shows its mean and its held-out points only.
    """
    data = pd.concat([_losses(curve) for curve in curves], ignore_index=True)
    spec = _one_run(log) if len(curves) == 1 else _several_runs([curve.label for curve in curves], log)
    draw(data, {"height": height, **spec}, key=key, alt=t("figures.loss_alt"))


def step_chart(curves: Sequence[Curve], column: str, title: str, *, log: bool, key: str, height: int = 260) -> None:
    """One number of each step, a column of Metrics."""
    data = pd.concat(
        [
            pd.DataFrame({"run": c.label, "step": c.metrics.step, "epoch": c.metrics.epoch, "value": values})
            for c in curves
            for values in (getattr(c.metrics, column),)
        ],
        ignore_index=True,
    )
    encoding = {"y": value_axis("value", title, log=log), "color": by_run([curve.label for curve in curves])}
    line = zoomable({"mark": {"type": "line", "strokeWidth": 1.8}, "encoding": encoding})
    point = hover("value", [("value", title, ".4~g")], named=len(curves) > 1)
    spec = {"height": height, "encoding": {"x": x_axis()}, "layer": [line, point]}
    draw(data, spec, key=key, alt=t("figures.step_alt", what=title))


def compared_loss_chart(
    curves: Sequence[Curve], *, ends: bool, axis: str, log: bool, key: str, alt: str, height: int = 310
) -> None:
    """A loss of each run over `axis`, "step" or "seconds": held-out at the `ends` of epochs, or the batches' mean."""
    data = pd.concat([_ends(curve) if ends else _means(curve) for curve in curves], ignore_index=True)
    labels = [curve.label for curve in curves]
    mark: Spec = {"type": "line", "strokeWidth": 2}
    if ends:
        mark["point"] = {"filled": True, "size": 36}
    y = value_axis("loss", t("figures.loss_axis"), log=log)
    line = zoomable({"mark": mark, "encoding": {"y": y, "color": by_run(labels), "strokeDash": dashes_by_run(labels)}})
    values = [("seconds", t("figures.seconds"), ".1f"), ("loss", t("figures.loss_axis"), ".4f")]
    spec = {"height": height, "encoding": {"x": x_axis(axis)}, "layer": [line, hover("loss", values, named=True)]}
    draw(data, spec, key=key, alt=alt)


def _ends(curve: Curve) -> pd.DataFrame:
    names = {"step": "step", "epoch": "epoch", "seconds": "seconds", "val_loss_ema": "loss"}
    return pd.DataFrame(
        {to: [getattr(end, name) for end in curve.ends] for name, to in names.items()} | {"run": curve.label}
    )


def _means(curve: Curve) -> pd.DataFrame:
    rows = curve.metrics
    columns = {"step": rows.step, "epoch": rows.epoch, "seconds": rows.seconds, "loss": smoothed(rows.loss)}
    return pd.DataFrame(columns | {"run": curve.label})


def _losses(curve: Curve) -> pd.DataFrame:
    """Rows of batches, then of ends of epochs; a batch also has the held-out losses last known at its step."""
    metrics, ends = curve.metrics, _thinned(curve.ends)
    batches = pd.DataFrame({"step": metrics.step, "epoch": metrics.epoch, "batch": metrics.loss})
    batches["smooth"] = smoothed(metrics.loss)
    rows = pd.DataFrame({name: [getattr(end, name) for end in ends] for name in ("step", "epoch")})
    before = np.searchsorted([end.step for end in ends], metrics.step, side="right") - 1
    for column, field in HELD_OUT.items():
        losses = np.array([getattr(end, field) for end in ends], float)
        rows[column] = losses
        batches[f"{column}_then"] = np.where(before >= 0, losses[before], np.nan) if len(ends) else np.nan
    return pd.concat([batches, rows], ignore_index=True).assign(run=curve.label)


def _thinned(ends: Sequence[EpochEnd]) -> Sequence[EpochEnd]:
    """Every second, fourth, … where there are too many to see, and the last; those that stay keep their place."""
    stride = 1
    while len(ends) > MAX_ENDS * stride:
        stride *= 2
    return ends if stride == 1 else [*ends[:-1:stride], ends[-1]]


def _one_run(log: bool) -> Spec:
    names = {
        "batch": t("figures.loss_batch"),
        "smooth": t("figures.loss_smooth"),
        "held_out": t("figures.loss_held_out"),
        "held_out_raw": t("figures.loss_held_out_raw"),
    }
    colours = (shade(FAINT), theme.colour("prediction"), shade(INK), shade(SOFT))
    marks = {
        "batch": {"type": "line", "strokeWidth": 1, "opacity": 0.45},
        "smooth": {"type": "line", "strokeWidth": 2.5},
        "held_out": _dots(filled=True),
        "held_out_raw": _dots(filled=False),
    }
    curves = [
        _curve(field, mark, {"color": by_name(names[field], list(names.values()), colours)}, log)
        for field, mark in marks.items()
    ]
    values = [("batch", names["batch"], ".4f"), ("smooth", names["smooth"], ".4f")]
    values += [(f"{field}_then", names[field], ".4f") for field in HELD_OUT]
    layers = [zoomable(curves[0]), *curves[1:], hover("batch", values, named=False)]
    return {"encoding": {"x": x_axis()}, "layer": layers}


def _several_runs(labels: Sequence[str], log: bool) -> Spec:
    colour = {"color": by_run(labels)}
    smooth = _curve("smooth", {"type": "line", "strokeWidth": 2}, colour, log)
    held_out = _curve("held_out", _dots(filled=True), colour, log)
    values = [("smooth", t("figures.loss_smooth"), ".4f"), ("held_out_then", t("figures.loss_held_out"), ".4f")]
    return {
        "encoding": {"x": x_axis()},
        "layer": [zoomable(smooth), held_out, hover("batch", values, named=True)],
    }


def _dots(*, filled: bool) -> Spec:
    point = {"filled": filled, "size": 26 if filled else 20, "strokeDash": [1, 0]}
    return {"type": "line", "strokeWidth": 1, "strokeDash": [3, 3], "point": point}


def _curve(field: str, mark: Spec, colour: Spec, log: bool) -> Spec:
    """One column of the data as a curve."""
    return {
        "transform": [{"filter": f"isValid(datum.{field})"}],
        "mark": mark,
        "encoding": {"y": value_axis(field, t("figures.loss_axis"), log=log), **colour},
    }
