"""What moves while a run trains: a sentence, two bars, a row of numbers and a chart; drawn anew each second."""

from __future__ import annotations

from html import escape

import streamlit as st

from jobs.store.records import RunRecord
from jobs.training.usage import resident_bytes
from pages.train import charts
from ui import figures
from ui.errors import translated
from ui.guard import guard
from ui.i18n import t
from ui.runs.view import RunView
from ui.runs.words import duration, status_line

SECONDS = 1.0


def follow(run: RunView) -> None:
    """Draw the run, and go on drawing it while there is more to come.

    `run` is what the rest of the page was drawn from: once that is out of date, all of it is drawn anew.
    """
    st.fragment(_draw, run_every=SECONDS if run.alive else None)(run)


def _draw(drawn: RunView) -> None:
    with guard():
        run = drawn.now()
        if run is None or run.fingerprint != drawn.fingerprint:
            st.rerun()
        _show_state(run)
        st.html(_bars(run.record) + _numbers(run))
        if len(run.steps):
            charts.draw(run)
        elif run.alive:
            st.caption(t("train.no_loss_yet"))


def _show_state(run: RunView) -> None:
    record = run.record
    if record is None:
        st.markdown(t("train.is_shipped", epochs=run.config.num_epochs))
    elif record.status == "failed":
        st.error(t("train.is_failed", epoch=record.epoch, error=translated(record.error)), icon=":material/error:")
        with st.expander(t("train.log")):
            st.code(record.log_tail(40) or t("train.no_log"), language=None)
    else:
        st.markdown(status_line(record))
        if record.error:
            st.warning(translated(record.error), icon=":material/restart_alt:")


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


def _numbers(run: RunView) -> str:
    """Loss, held-out loss, pictures a second, memory, time so far and time left; those that are known."""
    record, metrics, ends = run.record, run.steps, run.ends
    known: list[tuple[str, str]] = []
    if len(metrics):
        known.append((t("train.loss"), f"{figures.smoothed(metrics.loss)[-1]:.4f}"))
    if ends:
        known.append((t("train.held_out"), f"{ends[-1].val_loss_ema:.4f}"))
    if speed := _pictures_per_second(run):
        known.append((t("train.speed"), f"{speed:,.0f}"))
    if record is not None and (held := resident_bytes(record)):
        known.append((t("live.memory"), t("live.megabytes", num=f"{held / 2**20:,.0f}")))
    if record is not None and record.active and record.gpu_bytes:
        known.append((t("live.gpu_memory"), t("live.megabytes", num=f"{record.gpu_bytes / 2**20:,.0f}")))
    if seconds := record.seconds if record is not None else metrics.seconds[-1] if len(metrics) else 0.0:
        known.append((t("train.trained"), duration(seconds)))
    if record is not None and record.seconds_left is not None:
        known.append((t("train.left"), duration(record.seconds_left)))
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in known)
    return f'<dl class="numbers">{cells}</dl>'


def _pictures_per_second(run: RunView) -> float:
    if run.record is not None:
        return run.record.pictures_per_second
    seconds = run.steps.seconds[-1] if len(run.steps) else 0
    return run.steps.step[-1] * run.config.batch_size / seconds if seconds else 0
