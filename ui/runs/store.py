"""The store of this server's runs, opened once for all pages."""

from __future__ import annotations

import streamlit as st

from jobs.paths import runs_dir
from jobs.store.store import Store


def store() -> Store:
    """The store under `runs_dir()`. Raises OSError or ValueError where it cannot be opened."""
    return _store(str(runs_dir()))


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(root: str) -> Store:
    return Store()


def just_started() -> list[str]:
    """Runs queued in this session that *Train* has yet to turn to.

    Fetched before a run is queued: Streamlit may end whoever touches the session after it (docs/pitfalls.md).
    """
    started: list[str] = st.session_state.setdefault("just_started", [])
    return started
