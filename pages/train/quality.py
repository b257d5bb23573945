"""The chart of quality beside loss: scores of every kept epoch, measured one at a time behind everything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import streamlit as st

from ddpm_core.quality.report import QualityReport
from jobs.pool.tasks.score_epoch import Score, ScoreRequest
from ui import asking, figures
from ui.asking import Asked
from ui.errors import message_of
from ui.i18n import t
from ui.inline import plain
from ui.runs.quality import distance_of, shipped_reports
from ui.runs.view import RunView

POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Labelled:
    """A run on the chart, and its curve."""

    run: RunView
    curve: figures.Curve


def draw(runs: Sequence[Labelled], *, log: bool) -> None:
    """The charts of the runs, the first of them the one on screen; what is not known yet is measured meanwhile."""
    polls = not runs[0].run.alive and bool(_measuring(runs).running)
    st.fragment(_draw, run_every=POLL_SECONDS if polls else None)(runs, log, polls)


def _draw(runs: Sequence[Labelled], log: bool, polls: bool) -> None:
    asked = _measuring(runs)
    if polls and not asked.running:
        st.rerun()
    scores = list(_scores(runs, asked))
    kind = next((distance_of(report)[0] for _, report in scores), None)
    curves = [one.curve for one in runs]
    if kind:
        points = [_point(one, report, kind) for one, report in scores]
        name = t(f"live.{kind}")
        figures.score_charts(curves, points, distance=name, log=log, key=f"train_quality:{runs[0].run.id}")
        _say_how(scores)
    elif not asked.running:
        st.caption(t("live.nothing_measured"))
    _say_progress(asked, {str(one.run.path) for one in runs})


def _measuring(runs: Sequence[Labelled]) -> Asked[ScoreRequest]:
    """What is asked for: the run on screen first, its newest epoch first, one at a time.

    Of a run that failed no more: what cannot be measured at one epoch, cannot at another.
    """
    asked: Asked[ScoreRequest] = asking.asked("train_quality", "score_epoch")
    asked.collect()
    failed = {request.run_path for request in asked.errors}
    wanted = [
        request
        for one in runs
        for epoch in reversed(one.run.epochs_to_look_at)
        if epoch not in shipped_reports(one.run)
        for request in [ScoreRequest(str(one.run.path), epoch)]
        if request.run_path not in failed or request in asked.answers
    ]
    asked.want(*wanted, at_once=1)
    return asked


def _scores(runs: Sequence[Labelled], asked: Asked[ScoreRequest]) -> Iterator[tuple[Labelled, QualityReport]]:
    """What is known, run by run, in the order of epochs."""
    for one in runs:
        reports = dict(shipped_reports(one.run))
        for request, answer in asked.answers.items():
            if request.run_path == str(one.run.path):
                score: Score = answer.value
                reports[request.epoch] = score.report
        yield from ((one, reports[epoch]) for epoch in sorted(reports))


def _point(one: Labelled, report: QualityReport, kind: str) -> figures.EpochScore:
    step = next((end.step for end in one.curve.ends if end.epoch == report.epoch), 0)
    distance = getattr(report, kind)
    return figures.EpochScore(one.curve.label, report.epoch, step, report.class_accuracy, distance)


def _say_how(scores: Sequence[tuple[Labelled, QualityReport]]) -> None:
    """What the numbers depend on; once for all runs that were measured alike."""
    settings = dict.fromkeys((report.num_samples, report.sampling) for _, report in scores)
    alike = {
        t(
            "live.measured",
            num=num,
            sampler=t(f"generate.sampler_{sampling.sampler}"),
            steps=sampling.num_sampling_steps,
            guidance=f"{sampling.guidance_scale:g}",
        )
        for num, sampling in settings
    }
    st.caption(" · ".join(sorted(alike)) + " " + t("live.floor"))


def _say_progress(asked: Asked[ScoreRequest], paths: set[str]) -> None:
    """What could not be measured, and why; what is being measured."""
    if messages := {message_of(error) for request, error in asked.errors.items() if request.run_path in paths}:
        with st.container(horizontal=True, vertical_alignment="center"):
            for message in sorted(messages):
                st.error(t("live.not_measured", error=plain(message)), icon=":material/error:", width="stretch")
            st.button(t("common.again"), icon=":material/refresh:", on_click=asked.forget_failures)
    for request in asked.running:
        done, total = asked.progress
        text = t("live.measuring" if total else "live.measuring_soon", epoch=request.epoch)
        st.progress(done / total if total else 0.0, text=text)
