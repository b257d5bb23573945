"""From a request for pictures to their frames: shipped, cached, or computed while the last ones stay in view."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ddpm_core.runs.folder import RunFolder
from jobs.pool import pool
from jobs.pool.trajectory import Trajectory, TrajectoryRequest
from ui.errors import translated
from ui.i18n import t
from ui.runs import shipped_frames

POLL_SECONDS = 0.4
_SHOWN, _ASKED, _CANCELLED = "sampling_shown", "sampling_asked", "sampling_cancelled"


@dataclass(frozen=True)
class Shown:
    """Frames on the page, and what they answer."""

    request: TrajectoryRequest
    trajectory: Trajectory
    class_names: tuple[str, ...]
    shipped: bool
    """Whether they came with the app instead of being computed here."""


@dataclass(frozen=True)
class Asked:
    """What the pool works on for this visitor."""

    request: TrajectoryRequest
    handle: pool.Request


def follow(request: TrajectoryRequest) -> None:
    """See to it that `shown` will be the frames of `request`; until they are there it stays as it is.

    Raises ValueError where the request cannot be answered.
    """
    asked: Asked | None = st.session_state.get(_ASKED)
    if asked and asked.request != request:
        asked.handle.cancel()
        asked = None
    if st.session_state.get(_CANCELLED) != request:
        st.session_state.pop(_CANCELLED, None)
        if not (before := shown()) or before.request != request:
            asked = _ask(request, asked)
    st.session_state[_ASKED] = asked


def shown() -> Shown | None:
    """The frames to show now."""
    return st.session_state.get(_SHOWN)


def _ask(request: TrajectoryRequest, asked: Asked | None) -> Asked | None:
    """Show what is ready; else what the pool has to be waited for."""
    names = RunFolder(Path(request.run_path)).data_info.class_names
    if ready := shipped_frames.answer("generate", request):
        st.session_state[_SHOWN] = Shown(request, ready, names, shipped=True)
        return None
    asked = asked or Asked(request, pool.submit("sample_trajectory", request))
    if asked.handle.state == "done":
        st.session_state[_SHOWN] = Shown(request, asked.handle.result(), names, shipped=False)
        return None
    return asked


def show_progress() -> bool:
    """How far the pool is, why it failed, or that it was told to stop; False where there is nothing to say."""
    asked: Asked | None = st.session_state.get(_ASKED)
    if asked and asked.handle.state == "running":
        st.fragment(_progress, run_every=POLL_SECONDS)()
        return True
    if not asked and not st.session_state.get(_CANCELLED):
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        if asked:
            st.error(translated(asked.handle.error), icon=":material/error:")
        else:
            st.markdown(t("generate.cancelled"))
        st.button(t("generate.again"), on_click=_forget, icon=":material/refresh:")
    return True


def _progress() -> None:
    asked: Asked | None = st.session_state.get(_ASKED)
    if asked is None or asked.handle.state != "running":
        st.rerun()
    done, total = asked.handle.progress
    with st.container(horizontal=True, vertical_alignment="center"):
        text = t("generate.step", done=done, total=total) if total else t("generate.starting")
        st.progress(done / total if total else 0.0, text=text, width="stretch")
        if st.button(t("generate.cancel"), icon=":material/close:"):
            asked.handle.cancel()
            st.session_state[_CANCELLED], st.session_state[_ASKED] = asked.request, None
            st.rerun()


def _forget() -> None:
    st.session_state[_CANCELLED] = st.session_state[_ASKED] = None
