"""Runs out of this app and into it: an export for each run on the page, and the import of a zip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import streamlit as st

from jobs.transfer.zips import import_zip
from pages.compare.choice import MOST, Lettered, show
from ui.errors import message_of
from ui.i18n import t
from ui.inline import plain
from ui.owner import owner
from ui.runs import export
from ui.runs.store import store

MAX_UPLOAD_MB = 100
_VERSION, _REFUSED = "compare_upload_version", "compare_upload_refused"


def draw(runs: Sequence[Lettered]) -> None:
    """Two halves: files to take away, and a place to drop a zip."""
    out, inside = st.columns(2, gap="large")
    with out:
        st.markdown(t("compare.export"))
        with st.container(horizontal=True):
            for one in runs:
                if one.run.folder:
                    export.popover(plain(one.label), one.run, f"compare_export_{one.letter}")
    with inside:
        _draw_import([one.run.id for one in runs])


def _draw_import(shown: Sequence[str]) -> None:
    version = st.session_state.setdefault(_VERSION, 0)
    file = st.file_uploader(
        t("compare.import"), type=["zip"], key=f"compare_upload_{version}", max_upload_size=MAX_UPLOAD_MB,
        help=t("compare.import_help"),
    )  # fmt: skip
    if file is None:
        return
    refused: tuple[str, str] | None = st.session_state.get(_REFUSED)
    if refused is None or refused[0] != file.file_id:
        with st.spinner(t("compare.importing")):
            refused = _take_in(file, shown)
    if refused:
        st.session_state[_REFUSED] = refused
        st.error(f"{t('compare.refused')} {plain(refused[1])}", icon=":material/folder_off:")


def _take_in(file: Any, shown: Sequence[str]) -> tuple[str, str] | None:
    """Import the file and put the run beside those shown; why not, with the file's id, where it is refused."""
    name = PurePath(file.name).stem
    try:
        run_id = import_zip(file, store(), name, owner())
    except (ValueError, OSError) as error:
        return file.file_id, message_of(error)
    st.session_state[_VERSION] += 1  # an uploader with nothing in it
    show([*shown[: MOST - 1], run_id])
    st.toast(t("compare.imported", name=plain(name)), icon=":material/check_circle:")
    st.rerun()
    return None
