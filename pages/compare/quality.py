"""How good the pictures of all compared runs are, epoch by epoch: what is known, and a button for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ddpm_core.quality.report import Measure, QualityReport
from jobs.pool.tasks.score_epoch import NUM_SAMPLES, Score, ScoreRequest
from pages.compare.choice import Lettered
from ui import asking
from ui.asking import Asked
from ui.figures.quality import Scored, quality_chart
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
        scores = {one.label: [s for k in known if k.one is one and (s := _scored(k, measure))] for one in runs}
        with column:
            st.markdown(t(f"compare.{measure}"), help=t(f"compare.{measure}_help"))
            if any(scores.values()):
                share, alt = measure == "class_accuracy", t(f"compare.{measure}_alt")
                quality_chart(scores, share=share, key=f"compare_{measure}", alt=alt)
            else:
                st.caption(t("compare.no_quality"))
    counts = sorted({one.report.num_samples for one in known})
    st.caption(t("compare.quality_of", num=", ".join(f"{num:,}" for num in counts)))


def _scored(known: Known, measure: str) -> Scored | None:
    """One point of a chart; None where the measure does not apply."""
    number: Measure | None = getattr(known.report, measure)
    end = next((end for end in known.one.run.ends if end.epoch == known.report.epoch), None)
    if number is None or end is None:
        return None
    return Scored(end.step, end.epoch, end.seconds, number.samples, number.real, known.report.num_samples)
