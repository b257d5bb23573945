"""How good the pictures of all compared runs are, epoch by epoch: what is known, and a button for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from ddpm_core.quality.report import Measure, QualityReport
from jobs.pool import pool
from jobs.pool.score_epoch import NUM_SAMPLES, ScoreRequest
from pages.compare.choice import Compared
from pages.compare.curves import by_run, hover
from ui import theme
from ui.errors import translated
from ui.guard import guard
from ui.i18n import t
from ui.inline import plain
from ui.runs.quality import distance_of, shipped_reports

POLL_SECONDS = 1.0
_ASKED, _REPORTS = "compare_scores", "compare_reports"


@dataclass(frozen=True)
class Known:
    """What was measured of one epoch."""

    run: Compared
    report: QualityReport


def draw(runs: Sequence[Compared]) -> None:
    """A chart for each measure, and what can still be measured."""
    known: list[Known] = []
    missing: list[ScoreRequest] = []
    for run in runs:
        shipped = {} if run.record else shipped_reports(run.folder)
        for epoch in run.epochs if run.run and not run.config.denoiser_sigma else ():
            request = ScoreRequest(str(run.folder), epoch)
            if report := shipped.get(epoch) or _measured(request):
                known.append(Known(run, report))
            else:
                missing.append(request)
    if known:
        _charts(runs, known)
    elif not missing:
        st.caption(t("compare.no_quality"))
    asked: dict[ScoreRequest, pool.Request] = st.session_state.setdefault(_ASKED, {})
    if any(handle.state == "running" for handle in asked.values()):
        st.fragment(_progress, run_every=POLL_SECONDS)(asked, _num_running(asked))
    elif missing:
        _offer(missing, asked)


def _measured(request: ScoreRequest) -> QualityReport | None:
    """What was measured here, by anybody and at any time that the cache remembers."""
    reports: dict[ScoreRequest, QualityReport] = st.session_state.setdefault(_REPORTS, {})
    if request not in reports and (score := pool.look_up("score_epoch", request)):
        reports[request] = score.report
    return reports.get(request)


def _offer(missing: Sequence[ScoreRequest], asked: dict[ScoreRequest, pool.Request]) -> None:
    """The button that measures what is not known yet, and why that went wrong the last time."""
    errors = {handle.error for handle in asked.values() if handle.state == "failed"}
    for error in sorted(errors):
        st.error(plain(translated(error)), icon=":material/error:")
    help_ = t("compare.measure_help", num=NUM_SAMPLES)
    words = t("compare.measure", num=len(missing))
    st.button(words, key="compare_measure", icon=":material/straighten:", on_click=_ask, args=(missing,), help=help_)


def _ask(missing: Sequence[ScoreRequest]) -> None:
    with guard():
        st.session_state[_ASKED] = {request: pool.submit("score_epoch", request) for request in missing}


def _progress(asked: dict[ScoreRequest, pool.Request], running: int) -> None:
    if _num_running(asked) != running:
        st.rerun()
    done = sum(handle.progress[0] if handle.state == "running" else 100 for handle in asked.values())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(done / (100 * len(asked)), text=t("compare.measuring", left=running), width="stretch")
        if st.button(t("generate.cancel"), key="compare_measure_cancel", icon=":material/close:"):
            for handle in asked.values():
                handle.cancel()
            asked.clear()
            st.rerun()


def _num_running(asked: dict[ScoreRequest, pool.Request]) -> int:
    return sum(handle.state == "running" for handle in asked.values())


def _charts(runs: Sequence[Compared], known: Sequence[Known]) -> None:
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


def _row(one: Known, measure: str) -> dict[str, Any] | None:
    """One point of a chart; None where the measure does not apply."""
    number: Measure | None = getattr(one.report, measure)
    end = next((end for end in one.run.ends if end.epoch == one.report.epoch), None)
    if number is None or end is None:
        return None
    about = {"step": end.step, "epoch": end.epoch, "seconds": end.seconds, "samples": one.report.num_samples}
    return {"run": one.run.label, "value": number.samples, "real": number.real, **about}


def _spec(runs: Sequence[Compared], measure: str, floor: float) -> dict[str, Any]:
    share = measure == "class_accuracy"
    form = ".1%" if share else ".2f"
    y = {
        "field": "value", "type": "quantitative", "title": None,
        "scale": {"domain": [0, 1]} if share else {"type": "log", "nice": False, "padding": 8},
        "axis": {"tickCount": 5, "format": ".0%" if share else "~g"},
    }  # fmt: skip
    x = {
        "field": "step", "type": "quantitative", "title": t("figures.step"),
        "axis": {"grid": False, "tickCount": 5, "tickMinStep": 1, "format": ",d"}, "scale": {"nice": False},
    }  # fmt: skip
    values = [("value", t("compare.samples"), form), ("real", t("compare.real"), form), ("samples", "n", "d")]
    line = {"type": "line", "strokeWidth": 2, "point": {"filled": True, "size": 36}}
    rule = {"type": "rule", "strokeDash": [4, 4], "strokeWidth": 1.5, "color": theme.colour("x0")}
    return {
        "height": 190,
        "layer": [
            {
                "encoding": {"x": x, "y": y, **by_run(runs, named=False)},
                "layer": [{"mark": line}, hover(values)],
            },
            {"data": {"values": [{"floor": floor}]}, "mark": rule, "encoding": {"y": y | {"field": "floor"}}},
        ],
    }  # fmt: skip
