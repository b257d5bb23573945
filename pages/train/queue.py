"""The queue of this machine, for all who share it: who is on, who is next, when; and the teacher's hand on it."""

from __future__ import annotations

import streamlit as st

from jobs.store.records import RunRecord
from ui import owner
from ui.controls import button
from ui.guard import guard
from ui.i18n import t
from ui.inline import plain
from ui.runs.store import store
from ui.runs.words import display_name, expected, roughly

SECONDS = 2.0
_CODE, _WRONG = "train_code", "train_code_wrong"
MOST = 8
"""Runs listed; of the rest only the visitor's own."""


def show() -> None:
    """A button with the list behind it, while more than one run is under way; redrawn while there is any."""
    with guard():
        busy = bool(store().active() or store().queue())
        st.fragment(_draw, run_every=SECONDS if busy else None)()


def _draw() -> None:
    with guard():
        active, waiting = store().active(), store().queue()
        closed = owner.has_teacher() and store().queue_closed
        if len(active) + len(waiting) < 2 and not closed:
            return
        icon = "lock" if closed else "format_list_numbered"
        with st.popover(t("queue.button", num=len(waiting)), icon=f":material/{icon}:", key="train_queue"):
            if closed:
                st.caption(t("queue.closed"))
            with st.container(gap=None):
                for record in active:
                    _row(":material/play_arrow:", record, _left(record))
                listed = [run for run in waiting if run.position <= MOST or owner.is_mine(run.record)]
                for run in listed:
                    _row(str(run.position), run.record, _starts(run.starts_in))
            if len(listed) < len(waiting):
                st.caption(t("queue.hidden", num=len(waiting) - len(listed)))


def _row(position: str, record: RunRecord, when: str) -> None:
    with st.container(key=f"queue_{record.id}", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(position, width=20)
        if st.button(plain(display_name(record.name)), type="tertiary", key=f"queue_show_{record.id}"):
            st.session_state["run"] = record.id
            st.rerun()
        st.caption(" · ".join(filter(None, (when, t("queue.yours") if owner.is_mine(record) else ""))), width="content")


def _starts(seconds: float | None) -> str:
    return t("queue.row_unknown") if seconds is None else t("queue.row_starts", when=expected(seconds))


def _left(record: RunRecord) -> str:
    if record.status != "running" or record.seconds_left is None:
        return t(f"train.status_{record.status}")
    return t("queue.left", time=roughly(record.seconds_left))


def teacher() -> None:
    """The teacher's corner, on a server that has a code for it."""
    if not owner.has_teacher():
        return
    with (
        st.popover(t("queue.teacher"), icon=":material/school:", key="train_teacher", help=t("queue.teacher_help")),
        guard(),
    ):
        if not owner.is_teacher():
            st.text_input(t("queue.code"), type="password", key=_CODE, on_change=_enter, autocomplete="off")
            if st.session_state.pop(_WRONG, False):
                st.error(t("queue.wrong_code"), icon=":material/error:")
            return
        st.caption(t("queue.is_teacher"))
        closed = store().queue_closed
        button("queue.open" if closed else "queue.close", "lock_open" if closed else "lock", _close, not closed)
        st.button(t("queue.leave"), type="tertiary", on_click=owner.leave)


def _enter() -> None:
    code = st.session_state[_CODE]
    st.session_state[_CODE] = ""
    st.session_state[_WRONG] = bool(code) and not owner.enter_code(code)


def _close(closed: bool) -> None:
    with guard():
        if owner.is_teacher():
            store().close_queue(closed)
