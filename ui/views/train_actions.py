"""What can be done with the run on screen: stop it, let it go on, delete it."""

from __future__ import annotations

import streamlit as st

from jobs.records import RunRecord
from ui.guard import guard
from ui.i18n import t
from ui.runs import store


def show(record: RunRecord) -> None:
    """The buttons that fit the run's state."""
    if record.status in ("queued", "running"):
        st.button(t("train.stop"), icon=":material/stop:", help=t("train.stop_help"), on_click=_stop, args=(record.id,))
    elif record.status == "stopping":
        st.button(t("train.stop"), icon=":material/stop:", disabled=True)
    else:
        if record.status in ("stopped", "failed"):
            st.button(
                t("train.resume"),
                icon=":material/play_arrow:",
                help=t("train.resume_help"),
                on_click=_resume,
                args=(record.id,),
            )
        with st.popover(t("train.delete"), icon=":material/delete:"):
            st.markdown(t("train.delete_sure"))
            st.button(t("train.delete_yes"), type="primary", on_click=_delete, args=(record.id,))


def _stop(run_id: str) -> None:
    with guard():
        store().request_stop(run_id)


def _resume(run_id: str) -> None:
    with guard():
        store().resume(run_id)


def _delete(run_id: str) -> None:
    """Delete a run; the newest that is left takes its place."""
    with guard():
        store().delete(run_id)
        st.session_state.pop("run", None)
        del st.query_params["run"]
