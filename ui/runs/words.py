"""Runs in words: state, duration, time of day, in the visitor's language."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from jobs.store.records import RunRecord
from ui.i18n import t, t_or
from ui.owner import is_mine
from ui.runs.store import store


def display_name(name: str) -> str:
    """A preset's name in the visitor's language; any other name as it is."""
    return t_or(f"train.preset_{name}", name)


def describe(record: RunRecord) -> str:
    """A run in one line: name, state, epoch, loss, when."""
    parts = [display_name(record.name), t(f"train.status_{record.status}")]
    if is_mine(record):
        parts.append(t("queue.yours"))
    if not record.active and record.epoch:
        loss = _last_loss(record.id, record.step)
        reached = t("train.epoch_of", epoch=record.epoch, epochs=record.config.num_epochs)
        parts += [reached, t("train.loss_is", loss=f"{loss:.4f}")]
    return " · ".join([*parts, when(record.created)])


def status_line(record: RunRecord) -> str:
    """What the run is doing, in a sentence."""
    if record.status == "queued":
        return _place(record)
    if record.status == "running" and not record.step:
        return t("train.is_starting")
    if record.status == "stopped" and not record.epoch:
        return t("train.is_stopped_early" if record.step else "train.is_withdrawn")
    epoch = min(record.epoch + 1, record.config.num_epochs)
    return t(
        f"train.is_{record.status}",
        device=record.device, epoch=epoch, done=record.epoch, epochs=record.config.num_epochs,
        took=duration(record.seconds),
    )  # fmt: skip


def expected(seconds: float | None) -> str:
    """When a queued run will start."""
    if seconds is None:
        return t("queue.start_unknown")
    return t("queue.start_in", time=roughly(seconds)) if seconds >= 5 else t("queue.start_now")


def _place(record: RunRecord) -> str:
    """Where a run stands in the queue; it may have left it this very moment."""
    place = next((waiting for waiting in store().queue() if waiting.record.id == record.id), None)
    if place is None:
        return t("train.is_starting")
    when = t("queue.expected", when=expected(place.starts_in))
    return f"{t('train.is_queued', position=place.position)} {when}"


def when(moment: float) -> str:
    """A time of day in the visitor's time zone, with the date unless that is today."""
    try:
        zone = ZoneInfo(st.context.timezone or "")
    except (ValueError, ZoneInfoNotFoundError):  # a browser that does not say, or a system without that zone
        zone = None
    then, now = datetime.fromtimestamp(moment, zone), datetime.now(zone)
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M}"


def duration(seconds: float) -> str:
    """A span of time, to the second below ten minutes."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    if 1 <= minutes < 10:
        return t("train.minutes_seconds", minutes=minutes, seconds=f"{rest:02}")
    return t("train.seconds", seconds=rest) if not minutes else roughly(seconds)


def roughly(seconds: float) -> str:
    """A span of time as exact as an estimate deserves."""
    if seconds < 90:
        return t("train.seconds", seconds=max(5, 5 * round(seconds / 5)))
    if seconds < 90 * 60:
        return t("train.minutes", minutes=round(seconds / 60))
    return t("train.hours", hours=f"{seconds / 3600:.1f}")


@st.cache_data(max_entries=1000, show_spinner=False)
def _last_loss(run_id: str, step: int) -> float:
    """Held-out loss at the last epoch; `step` sets a run that went on apart from the same run before."""
    ends = store().epochs(run_id)
    return ends[-1].val_loss_ema if ends else float("nan")
