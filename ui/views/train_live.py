"""What moves while a run trains: a sentence, two bars, five numbers and the loss; drawn anew each second."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape

import streamlit as st

from ddpm_core.events import EpochEnd
from jobs.records import EpochRecord, Metrics, RunRecord
from ui import figures
from ui.guard import guard
from ui.i18n import t
from ui.runs import store
from ui.views.train_controls import segmented
from ui.views.train_runs import Shown, curves, fingerprint
from ui.views.train_words import duration, status_line

SECONDS = 1.0
SCALES = ("log", "linear")


def follow(shown: Shown, drawn: tuple[object, ...]) -> None:
    """Draw the run, and go on drawing it while there is more to come.

    `drawn` is the fingerprint of what the rest of the page shows: once that is out of date, all of it is drawn anew.
    """
    st.fragment(_draw, run_every=SECONDS if shown.alive else None)(shown, drawn)


def _draw(shown: Shown, drawn: tuple[object, ...]) -> None:
    with guard():
        if fingerprint(shown) != drawn:
            st.rerun()
        record = store().run(shown.id) if shown.record else None
        metrics, ends = curves(shown)
        _show_state(shown, record)
        st.html(_bars(record) + _numbers(shown, record, metrics, ends))
        if len(metrics):
            _show_loss(metrics, ends)
        elif shown.alive:
            st.caption(t("train.no_loss_yet"))


def _show_state(shown: Shown, record: RunRecord | None) -> None:
    if record is None:
        st.markdown(t("train.is_shipped", epochs=shown.config.num_epochs))
    elif record.status == "failed":
        st.error(t("train.is_failed", epoch=record.epoch, error=record.error), icon=":material/error:")
        with st.expander(t("train.log")):
            st.code(record.log_tail(40) or t("train.no_log"), language=None)
    else:
        st.markdown(status_line(record))
        if record.error:
            st.warning(record.error, icon=":material/restart_alt:")


def _bars(record: RunRecord | None) -> str:
    """How far the epoch and the run are; nothing for a run that has ended well or not begun."""
    if record is None or not record.total_steps or record.status in ("queued", "finished"):
        return ""
    per_epoch = record.total_steps / record.config.num_epochs
    in_epoch = record.step / per_epoch - record.epoch
    bars = _bar(t("train.whole_run"), record.step / record.total_steps)
    if record.active:
        bars = _bar(t("train.this_epoch"), in_epoch) + bars
    return f'<div class="bars">{bars}</div>'


def _bar(label: str, share: float) -> str:
    percent = round(100 * min(1.0, max(0.0, share)))
    return (
        f'<div role="progressbar" aria-label="{escape(label)}" aria-valuenow="{percent}" aria-valuemin="0" '
        f'aria-valuemax="100"><span>{escape(label)}</span><i><b style="width:{percent}%"></b></i>'
        f"<span>{percent} %</span></div>"
    )


def _numbers(shown: Shown, record: RunRecord | None, metrics: Metrics, ends: Sequence[EpochRecord | EpochEnd]) -> str:
    """Loss, held-out loss, pictures a second, time so far and time left; those that are known."""
    known: list[tuple[str, str]] = []
    if len(metrics):
        known.append((t("train.loss"), f"{figures.smoothed(metrics.loss)[-1]:.4f}"))
    if ends:
        known.append((t("train.held_out"), f"{ends[-1].val_loss_ema:.4f}"))
    if speed := _pictures_per_second(shown, record, metrics):
        known.append((t("train.speed"), f"{speed:,.0f}"))
    if record is not None and record.started:
        until = time.time() if record.active else record.finished or record.started
        known.append((t("train.elapsed"), duration(until - record.started)))
    elif len(metrics):
        known.append((t("train.elapsed"), duration(metrics.seconds[-1])))
    if record is not None and record.seconds_left is not None:
        known.append((t("train.left"), duration(record.seconds_left)))
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in known)
    return f'<dl class="numbers">{cells}</dl>'


def _pictures_per_second(shown: Shown, record: RunRecord | None, metrics: Metrics) -> float:
    if record is not None:
        return record.pictures_per_second
    seconds = metrics.seconds[-1] if len(metrics) else 0
    return metrics.step[-1] * shown.config.batch_size / seconds if seconds else 0


def _show_loss(metrics: Metrics, ends: Sequence[EpochRecord | EpochEnd]) -> None:
    """The chart, and under it the switch of its loss axis."""
    chart = st.container()
    with st.container(key="train_scale", horizontal=True, horizontal_alignment="right"):
        scale = segmented(
            t("train.scale"),
            "scale",
            SCALES,
            SCALES[0],
            lambda name: t(f"train.scale_{name}"),
            label_visibility="collapsed",
        )
    with chart:
        figures.loss_chart(metrics, ends, log=scale == "log", key="train_loss")
