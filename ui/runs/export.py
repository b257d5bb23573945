"""What can be taken away of a run: all of it as a zip, its curves as CSV, and a notebook that trains it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from ddpm_core.config import TrainConfig
from ddpm_core.export import notebook
from ddpm_core.runs.folder import RunFolder
from ui.i18n import t, table
from ui.runs.downloads import file_name, zip_address
from ui.runs.view import RunView


def popover(label: str, run: RunView, key: str) -> None:
    """A button that opens the list of files of a run that has a folder."""
    with st.popover(label, icon=":material/download:", help=t("export.help"), key=f"{key}_popover"):
        buttons(run, key)


def buttons(run: RunView, key: str) -> None:
    """A button for each file of a run that has a folder."""
    folder, name = RunFolder(run.path), run.raw_name
    st.link_button(t("export.zip"), zip_address(run.id), icon=":material/folder_zip:", help=t("export.zip_help"))
    if folder.resume.is_file():
        address, help_ = zip_address(run.id, with_resume=True), t("export.zip_resume_help")
        st.link_button(t("export.zip_resume"), address, icon=":material/folder_zip:", help=help_)
    for what, path in (("steps", folder.metrics), ("epochs", folder.epoch_metrics)):
        if path.is_file():
            _download(t(f"export.{what}"), path.read_bytes, file_name(name, f"-{what}.csv"), f"{key}_{what}", "table")
    _download(
        t("export.notebook"),
        lambda: _notebook(run.config, name),
        file_name(name, ".ipynb"),
        f"{key}_notebook",
        "book_2",
        help=t("export.notebook_help"),
    )


def _download(label: str, make: Callable[[], bytes], file: str, key: str, icon: str, **more: Any) -> None:
    """A button whose file is made when it is pressed."""
    kinds = {".csv": "text/csv", ".ipynb": "application/x-ipynb+json"}
    mime = kinds[Path(file).suffix]
    st.download_button(label, make, file, mime, key=key, on_click="ignore", icon=f":material/{icon}:", **more)


def _notebook(config: TrainConfig, name: str) -> bytes:
    words = table("notebook")
    words["intro"] = words["intro"].replace("{name}", " ".join(name.split()))
    folder = Path("runs") / file_name(name, "-notebook")
    return notebook.build(config, folder.as_posix(), words).encode()
