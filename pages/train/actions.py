"""What can be done with the run on screen: the one thing that is usual now as a button, the rest behind "more"."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from jobs.store.records import RunRecord
from pages.train import branch
from ui import nav, owner, state
from ui.controls import button
from ui.guard import guard
from ui.i18n import t
from ui.inline import plain
from ui.runs import export
from ui.runs.store import store
from ui.runs.view import RunView, name_of
from ui.runs.words import display_name

_DELETED = "train_deleted"
"""Runs that were deleted in this session and may come back: (id, name), the latest last."""
MAX_NAME, MAX_NOTE = 40, 300


def show(run: RunView) -> None:
    """The buttons that fit the run's state, for whoever may press them; a shipped run can only be branched."""
    record = run.record
    if record is None:
        branch.offer(run)
        export.popover(t("export.take"), run, "train_export")
        return
    if owner.may_manage(record):
        _show_main(record)
    with st.popover(
        t("queue.more"),
        icon=":material/more_horiz:",
        help=t("queue.more_help"),
        key=f"train_more_{run.id}_{branch.times_opened()}",
    ):
        with st.container(horizontal=True, gap="xsmall"):
            branch.offer(run)
            if owner.may_manage(record):
                _show_rare(record)
        if owner.may_manage(record):
            _text(record, "name", display_name(record.name), MAX_NAME, store().rename)
            _text(record, "note", record.note, MAX_NOTE, store().set_note)
        else:
            st.caption(t("queue.not_yours"))
        if run.folder:
            with st.container(horizontal=True, gap="xsmall"):
                export.buttons(run, "train_export")
        nav.link("compare", t("export.compare"), runs=run.id)


def show_undo() -> None:
    """After a deletion, until something else is deleted or this is closed: the way back."""
    deleted = st.session_state.get(_DELETED, [])
    if not deleted:
        return
    run_id, name = deleted[-1]
    with st.container(key="train_undo", horizontal=True, vertical_alignment="center", gap="small"):
        st.text(t("queue.deleted", name=display_name(name)), width="content")
        button("queue.undo", "undo", _undo, run_id)
        button("queue.dismiss", "close", st.session_state.pop, _DELETED, key="train_dismiss", type="tertiary")


def let_go_of_deleted() -> None:
    """A run that was deleted here is no longer asked for, by the session or the URL: the newest takes its place."""
    deleted = {run_id for run_id, _ in st.session_state.get(_DELETED, [])}
    if st.session_state.get("run") in deleted:
        del st.session_state["run"]
    if st.query_params.get("run") in deleted:
        state.publish("run", None, None)


def show_about(record: RunRecord | None) -> None:
    """Where the run comes from, and what was noted."""
    if record is None:
        return
    if record.begun_with:
        parent, epoch = record.begun_with
        st.caption(t("queue.branched_from", name=plain(name_of(parent)), epoch=epoch))
    if record.note:
        st.text(record.note)


def _show_main(record: RunRecord) -> None:
    waits_or_runs = record.status in ("queued", "running")
    if waits_or_runs or record.status == "pausing":
        _button("pause", record, store().pause, "pause", disabled=not waits_or_runs)
    if waits_or_runs or record.status in ("pausing", "stopping"):
        _button("stop", record, store().request_stop, "stop", disabled=record.status == "stopping")
    if record.resumable:
        _button("resume", record, store().resume, "play_arrow", disabled=not owner.may_start())


def _button(word: str, record: RunRecord, action: Callable[[str], None], icon: str, *, disabled: bool = False) -> None:
    button(f"queue.{word}", icon, _act, record.id, action, disabled=disabled)


def _show_rare(record: RunRecord) -> None:
    if record.status == "queued" and (owner.is_teacher() or not owner.is_shared()):
        _button("to_front", record, store().move_to_front, "vertical_align_top")
    if not record.active:
        _button("delete", record, _delete, "delete")


def _text(record: RunRecord, word: str, value: str, most: int, save: Callable[[str, str], None]) -> None:
    """A text of the run that is saved when it is left; another one's change brings a new field."""
    key = f"train_{word}:{record.id}:{hash(value)}"
    draw = partial(st.text_area, height=68) if word == "note" else st.text_input
    draw(
        t(f"queue.{word}"),
        value,
        max_chars=most,
        key=key,
        on_change=_act,
        args=(record.id, lambda run_id: save(run_id, st.session_state[key])),
    )


def _act(run_id: str, action: Callable[[str], None]) -> None:
    """Do it, if the run is still this browser's to manage."""
    with guard():
        if not owner.may_manage(store().run(run_id)):
            raise ValueError(t("queue.not_yours"))
        action(run_id)


def _delete(run_id: str) -> None:
    """Delete a run, and remember it."""
    # The session first: Streamlit ends a callback that touches it while another rerun waits (docs/pitfalls.md).
    deleted = st.session_state.setdefault(_DELETED, [])
    name = store().run(run_id).name
    store().delete(run_id)
    deleted.append((run_id, name))


def _undo(run_id: str) -> None:
    """Bring the run back, and on screen; one that is gone for good is not offered again."""
    st.session_state[_DELETED].pop()
    with guard():
        store().undo(run_id)
        st.session_state["run"] = run_id
