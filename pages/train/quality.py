"""The chart of quality beside loss: scores of every kept epoch, measured one at a time behind everything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass

import streamlit as st

from ddpm_core.quality.report import QualityReport
from jobs.pool import pool
from jobs.pool.score_epoch import ScoreRequest
from pages.train.choice import Shown
from ui import figures
from ui.errors import message_of
from ui.i18n import t
from ui.inline import plain
from ui.runs.quality import distance_of, shipped_reports

POLL_SECONDS = 1.0
_ASKED, _KNOWN, _FAILED = "train_score_asked", "train_score_known", "train_score_failed"


@dataclass(frozen=True)
class Labelled:
    """A run on the chart, and its curve."""

    run: Shown
    curve: figures.Curve


def draw(runs: Sequence[Labelled], *, log: bool) -> None:
    """The charts of the runs, the first of them the one on screen; what is not known yet is measured meanwhile."""
    _collect(runs)
    polls = not runs[0].run.alive and _running()
    st.fragment(_draw, run_every=POLL_SECONDS if polls else None)(runs, log, polls)


def _draw(runs: Sequence[Labelled], log: bool, polls: bool) -> None:
    _collect(runs)
    if polls and not _running():
        st.rerun()
    scores = list(_scores(runs))
    kind = next((distance_of(report)[0] for _, report in scores), None)
    curves = [one.curve for one in runs]
    if kind:
        points = [_point(one, report, kind) for one, report in scores]
        name = t(f"live.{kind}")
        figures.score_charts(curves, points, distance=name, log=log, key=f"train_quality:{runs[0].run.id}")
        _say_how(scores)
    elif not _running():
        st.caption(t("live.nothing_measured"))
    _say_progress({str(one.run.folder) for one in runs})


def _point(one: Labelled, report: QualityReport, kind: str) -> figures.EpochScore:
    step = next((end.step for end in one.curve.ends if end.epoch == report.epoch), 0)
    distance = getattr(report, kind)
    return figures.EpochScore(one.curve.label, report.epoch, step, report.class_accuracy, distance)


def _scores(runs: Sequence[Labelled]) -> Iterator[tuple[Labelled, QualityReport]]:
    """What is known, run by run, in the order of epochs."""
    known = st.session_state.setdefault(_KNOWN, {})
    for one in runs:
        reports = dict(shipped_reports(one.run.folder)) if one.run.record is None else {}
        found = ((epoch, known.get(ScoreRequest(str(one.run.folder), epoch))) for epoch in one.run.epochs)
        reports |= {epoch: report for epoch, report in found if report}
        yield from ((one, reports[epoch]) for epoch in sorted(reports))


def _missing(runs: Sequence[Labelled]) -> Iterator[ScoreRequest]:
    """What is still to be measured: the run on screen first, the newest epoch first; none of a run that failed."""
    known, failed = st.session_state.setdefault(_KNOWN, {}), st.session_state.setdefault(_FAILED, {})
    for one in runs:
        shipped = shipped_reports(one.run.folder) if one.run.record is None else {}
        for epoch in reversed(one.run.epochs):
            request = ScoreRequest(str(one.run.folder), epoch)
            if request.run_path in failed:
                break
            if epoch not in shipped and request not in known:
                yield request


def _collect(runs: Sequence[Labelled]) -> None:
    """Take what is there, and ask for the next: one at a time."""
    paths = {str(one.run.folder) for one in runs}
    asked: tuple[ScoreRequest, pool.Request] | None = st.session_state.get(_ASKED)
    if asked and asked[0].run_path not in paths:
        asked[1].cancel()
        asked = None
    while True:
        if asked is None:
            request = next(_missing(runs), None)
            if request is None:
                break
            asked = _ask(request)
        if asked and asked[1].state == "running":
            break
        if asked:
            _keep(*asked)
        asked = None
    st.session_state[_ASKED] = asked


def _ask(request: ScoreRequest) -> tuple[ScoreRequest, pool.Request] | None:
    try:
        return request, pool.submit("score_epoch", request)
    except (ValueError, OSError) as error:
        _fail(request, message_of(error))
        return None


def _keep(request: ScoreRequest, handle: pool.Request) -> None:
    try:
        st.session_state[_KNOWN][request] = handle.result().report
    except (ValueError, CancelledError) as error:
        _fail(request, message_of(error))


def _fail(request: ScoreRequest, reason: str) -> None:
    """One reason is enough for a run: what cannot be measured at one epoch, cannot at another."""
    st.session_state[_FAILED][request.run_path] = reason


def _running() -> bool:
    return st.session_state.get(_ASKED) is not None


def _say_how(scores: Sequence[tuple[Labelled, QualityReport]]) -> None:
    """What the numbers depend on; once for all runs that were measured alike."""
    told = dict.fromkeys((report.num_samples, report.sampling) for _, report in scores)
    alike = {
        t(
            "live.measured",
            num=num,
            sampler=t(f"generate.sampler_{sampling.sampler}"),
            steps=sampling.num_sampling_steps,
            guidance=f"{sampling.guidance_scale:g}",
        )
        for num, sampling in told
    }
    st.caption(" · ".join(sorted(alike)) + " " + t("live.floor"))


def _say_progress(paths: set[str]) -> None:
    """What could not be measured, and why; what is being measured."""
    failed: dict[str, str] = st.session_state[_FAILED]
    for error in sorted({error for path, error in failed.items() if path in paths}):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(t("live.not_measured", error=plain(error)), icon=":material/error:", width="stretch")
            st.button(t("live.again"), icon=":material/refresh:", on_click=failed.clear)
    asked = st.session_state.get(_ASKED)
    if asked:
        done, total = asked[1].progress
        text = t("live.measuring", epoch=asked[0].epoch) if total else t("live.measuring_soon", epoch=asked[0].epoch)
        st.progress(done / total if total else 0.0, text=text)
