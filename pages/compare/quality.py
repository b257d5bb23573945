"""How good the pictures of all compared runs are, epoch by epoch: what is known, and a button for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from ddpm_core.quality.report import Measure, QualityReport
from jobs.pool.tasks.score_epoch import NUM_SAMPLES, Score, ScoreRequest
from pages.compare.choice import Lettered
from ui import asking, theme
from ui.asking import Asked
from ui.figures.parts import by_run, dashes_by_run, hover, x_axis
from ui.i18n import t
from ui.inline import plain
from ui.runs.quality import distance_of, shipped_reports


@dataclass(frozen=True)
class Known:
    """What was measured of one epoch."""

    one: Lettered
    report: QualityReport


def draw(runs: Sequence[Lettered]) -> None:
    """A chart for each measure, and what can still be measured."""
    asked: Asked[ScoreRequest] = asking.asked("compare_quality", "score_epoch")
    asked.collect()
    known: list[Known] = []
    missing: list[ScoreRequest] = []
    for one in runs:
        for epoch in one.run.epochs if one.run.makes_pictures else ():
            request = ScoreRequest(str(one.run.path), epoch)
            if report := shipped_reports(one.run).get(epoch) or _measured(asked, request):
                known.append(Known(one, report))
            else:
                missing.append(request)
    if known:
        _charts(runs, known)
    elif not missing:
        st.caption(t("compare.no_quality"))
    if asked.running:
        asking.show_progress(asked, lambda _done, _total: t("compare.measuring", left=len(asked.running)))
    elif missing:
        for message in asked.messages:
            st.error(plain(message), icon=":material/error:")
        help_ = t("compare.measure_help", num=NUM_SAMPLES)
        words = t("compare.measure", num=len(missing))
        icon = ":material/straighten:"
        st.button(words, key="compare_measure", icon=icon, on_click=_measure, args=(asked, missing), help=help_)


def _measured(asked: Asked[ScoreRequest], request: ScoreRequest) -> QualityReport | None:
    """What was measured here, by anybody and at any time that the cache remembers."""
    score: Score | None = asked.look_up(request)
    return score.report if score else None


def _measure(asked: Asked[ScoreRequest], missing: Sequence[ScoreRequest]) -> None:
    asked.forget_failures()
    asked.want(*missing)


def _charts(runs: Sequence[Lettered], known: Sequence[Known]) -> None:
    """Class accuracy, and the distance that the first run has; a run of other data may have another one."""
    distance = distance_of(known[0].report)[0]
    for column, measure in zip(st.columns(2, gap="medium"), ("class_accuracy", distance), strict=True):
        rows = [row for one in known if (row := _row(one, measure))]
        with column:
            st.markdown(t(f"compare.{measure}"), help=t(f"compare.{measure}_help"))
            if rows:
                spec = _spec(runs, measure, floor=sum(row["real"] for row in rows) / len(rows))
                alt = t(f"compare.{measure}_alt")
                st.vega_lite_chart(pd.DataFrame(rows), spec, key=f"compare_{measure}", alt=alt)
            else:
                st.caption(t("compare.no_quality"))
    counts = sorted({one.report.num_samples for one in known})
    st.caption(t("compare.quality_of", num=", ".join(f"{num:,}" for num in counts)))


def _row(known: Known, measure: str) -> dict[str, Any] | None:
    """One point of a chart; None where the measure does not apply."""
    number: Measure | None = getattr(known.report, measure)
    end = next((end for end in known.one.run.ends if end.epoch == known.report.epoch), None)
    if number is None or end is None:
        return None
    about = {"step": end.step, "epoch": end.epoch, "seconds": end.seconds, "samples": known.report.num_samples}
    return {"run": known.one.label, "value": number.samples, "real": number.real, **about}


def _spec(runs: Sequence[Lettered], measure: str, floor: float) -> dict[str, Any]:
    share = measure == "class_accuracy"
    form = ".1%" if share else ".2f"
    y = {
        "field": "value", "type": "quantitative", "title": None,
        "scale": {"domain": [0, 1]} if share else {"type": "log", "nice": False, "padding": 8},
        "axis": {"tickCount": 5, "format": ".0%" if share else "~g"},
    }  # fmt: skip
    labels = [one.label for one in runs]
    colours = {"color": by_run(labels) | {"legend": None}, "strokeDash": dashes_by_run(labels) | {"legend": None}}
    values = [("value", t("compare.samples"), form), ("real", t("compare.real"), form), ("samples", "n", "d")]
    line = {"type": "line", "strokeWidth": 2, "point": {"filled": True, "size": 36}}
    rule = {"type": "rule", "strokeDash": [4, 4], "strokeWidth": 1.5, "color": theme.colour("x0")}
    return {
        "height": 190,
        "encoding": {"x": x_axis()},
        "layer": [
            {
                "encoding": {"y": y},
                "layer": [{"mark": line, "encoding": colours}, hover("value", values, named=True)],
            },
            {
                "data": {"values": [{"floor": floor}]},
                "mark": rule,
                "encoding": {"x": None, "y": y | {"field": "floor"}},
            },
        ],
    }  # fmt: skip
