"""Quality beside loss: what samples of each kept epoch were worth, over the same training steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ddpm_core.quality.report import Measure
from ui.figures.curves import Curve
from ui.figures.parts import FAINT, LEFT, Spec, by_run, draw, hover, shade, value_axis, x_axis, zoomable
from ui.i18n import t

HEIGHT, WITH_STEPS = 118, 158
"""Of each of the charts, and of the last, under which the steps stand."""
SHARE = [-0.05, 1.08]
"""From none to all, with room for the points there."""


@dataclass(frozen=True)
class EpochScore:
    """What was measured at one epoch of one run; None where the measure does not apply."""

    run: str
    epoch: int
    step: int
    accuracy: Measure | None
    distance: Measure | None


def score_charts(curves: Sequence[Curve], scores: Sequence[EpochScore], *, distance: str, log: bool, key: str) -> None:
    """Held-out loss, class accuracy and the `distance` (its name) one below the other, on one axis of steps."""
    losses = [
        {"run": c.label, "step": e.step, "epoch": e.epoch, "loss": e.val_loss_ema} for c in curves for e in c.ends
    ]
    measured = [
        {"run": s.run, "step": s.step, "epoch": s.epoch}
        | _columns("accuracy", s.accuracy)
        | _columns("distance", s.distance)
        for s in scores
    ]
    columns = ["run", "step", "epoch", "loss", "accuracy", "accuracy_real", "distance", "distance_real"]
    data = pd.DataFrame([*losses, *measured], columns=columns)
    labels = [curve.label for curve in curves]
    charts = [("loss", t("figures.held_out_loss"), log)]
    charts += [("accuracy", t("figures.accuracy"), False)] if data["accuracy"].notna().any() else []
    charts += [("distance", distance, log)]
    for i, (field, title, logarithmic) in enumerate(charts):
        spec = _spec(field, title, labels, log=logarithmic, first=i == 0, last=i == len(charts) - 1)
        draw(data, spec, key=f"{key}_{field}", alt=t("figures.score_alt", what=title))


def _columns(name: str, measure: Measure | None) -> dict[str, float]:
    if measure is None:
        return {name: math.nan, f"{name}_real": math.nan}
    return {name: measure.samples, f"{name}_real": measure.real}


def _spec(field: str, title: str, labels: Sequence[str], *, log: bool, first: bool, last: bool) -> Spec:
    form = ".1%" if field == "accuracy" else ".4f" if field == "loss" else ".2f"
    y = value_axis(field, None, log=log) | ({"scale": {"domain": SHARE, "nice": False}} if field == "accuracy" else {})
    y["axis"] = {
        "tickCount": 3, "format": ".0%" if field == "accuracy" else ".4~r", "minExtent": LEFT, "maxExtent": LEFT
    }  # fmt: skip
    colour = by_run(labels) | ({} if first else {"legend": None})
    line = {"type": "line", "strokeWidth": 2, "point": {"filled": True, "size": 40}}
    values = [(field, title, form)]
    layers = [
        zoomable(
            {
                "transform": [{"filter": f"isValid(datum.{field})"}],
                "mark": line,
                "encoding": {"y": y, "color": colour},
            },
            axes=["x"],
        )
    ]
    if field != "loss":
        values.append((f"{field}_real", t("figures.real"), form))
        layers.append(_floor(f"{field}_real", y, colour, several=len(labels) > 1))
    # Rows of every chart are in this one's data, and so its axis of steps is the others', too.
    extent = {"mark": {"type": "point", "opacity": 0}, "encoding": {"y": {"value": 0}}}
    return {
        "height": WITH_STEPS if last else HEIGHT,
        "title": {"text": title, "anchor": "start", "fontSize": 13, "offset": 4},
        "encoding": {"x": x_axis(show_labels=last)},
        "layer": [*layers, extent, hover(field, values, named=len(labels) > 1)],
    }


def _floor(field: str, y: Spec, colour: Spec, *, several: bool) -> Spec:
    """What as many real pictures score: dashed, all the way across."""
    mark = {"type": "rule", "strokeDash": [4, 4], "strokeWidth": 1.5}
    encoding = {"x": None, "y": y | {"field": field, "aggregate": "mean"}}
    return {
        "transform": [{"filter": f"isValid(datum.{field})"}],
        "mark": mark if several else mark | {"color": shade(FAINT)},
        "encoding": encoding | ({"color": colour} if several else {}),
    }
