"""Own pictures on their way in: from an upload or from the folder data/, previewed before they are kept."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal

import streamlit as st

from ddpm_core.data import data_dir
from ddpm_core.data.own.datasets import dropped_in, save_own, suggest_name
from ddpm_core.data.own.imported import Fit, Imported, ImportOptions
from ddpm_core.data.own.importing import read_source
from pages.data import preview
from ui import nav
from ui.errors import message_of
from ui.i18n import t
from ui.owner import claim_dataset

PICTURES = ("png", "jpg", "jpeg", "webp")
FILES = ("zip", "npy", "npz", "gz", *PICTURES)
MOST_MEGABYTES = 200
SIZES = (0, 16, 28, 32)
CHANNELS: tuple[Literal[0, 1, 3], ...] = (0, 3, 1)
FITS: tuple[Fit, ...] = ("crop", "pad", "stretch")
FEW = 2000
_SPECIAL = re.compile(r"[^\w.\- ]")
"""Not in a file's name here, whatever the visitor's computer allows."""
_IMPORTED, _SAVED, _ROUND = "data_imported", "data_saved", "data_round"


@dataclass(frozen=True)
class Source:
    """What is to be read, and what tells it from another."""

    identity: Hashable
    name: str
    content: Path | bytes | dict[str, bytes]
    """A file or folder, a file's content, or the content of several files by name."""
    labels: Path | None = None


def from_upload() -> None:
    """Files out of the visitor's browser."""
    files = st.file_uploader(
        t("data.upload"),
        FILES,
        accept_multiple_files=True,
        key=f"data_upload:{st.session_state.get(_ROUND, 0)}",
        help=t("data.upload_help"),
        max_upload_size=MOST_MEGABYTES,
    )
    if files:
        _offer(_uploaded(files))


def _uploaded(files: Sequence[Any]) -> Source:
    """One file, or several that go together as if they lay in one folder."""
    identity = tuple(file.file_id for file in files)
    if len(files) == 1:
        return Source(identity, files[0].name, files[0].getvalue())
    contents: dict[str, bytes] = {}
    for file in files:
        name = _SPECIAL.sub("_", PurePath(file.name).name)
        contents[f"{len(contents)}-{name}" if name in contents else name] = file.getvalue()
    return Source(identity, t("data.uploaded"), contents)


def from_folder() -> None:
    """Files and folders that somebody has put where datasets lie."""
    found = {path.name: path for path in dropped_in()}
    st.markdown(t("data.folder", folder=data_dir().resolve()))
    if not found:
        st.info(t("data.folder_empty"), icon=":material/folder_open:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(t("data.found"), list(found), width=320)
        arrays = [other for other in found if other.endswith(".npy") and other != name]
        labels = None
        if name.endswith(".npy") and arrays:
            labels = st.selectbox(t("data.labels"), [None, *arrays], format_func=lambda it: it or t("data.no_labels"))
    path = found[name]
    identity = (path, path.stat().st_mtime_ns, labels)
    _offer(Source(identity, name, path, found[labels] if labels else None))


def _offer(source: Source) -> None:
    """What would become of a source with the options chosen, and the button that keeps it."""
    options = _choose_options()
    imported = _read(source, options)
    preview.draw(imported)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            t("data.name"),
            suggest_name(source.name),
            max_chars=40,
            help=t("data.name_help"),
            key=f"data_name:{hash(source.identity)}",
            width=280,
        )
        saved = st.button(t("data.save"), type="primary", icon=":material/save:")
    if saved:
        save_own(name.strip(), imported)
        claim_dataset(name.strip())
        st.session_state[_SAVED] = (name.strip(), len(imported.images))
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.session_state["dataset"] = name.strip()
        st.session_state.pop(_IMPORTED, None)
        st.rerun()


def _choose_options() -> ImportOptions:
    """Size, colour and fit."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        size = st.segmented_control(
            t("data.to_size"), SIZES, default=SIZES[0], required=True,
            format_func=lambda size: f"{size} × {size}" if size else t("data.keep"),
            help=t("data.to_size_help"), key="data_size",
        )  # fmt: skip
        channels = st.segmented_control(
            t("data.to_channels"), CHANNELS, default=CHANNELS[0], required=True,
            format_func=lambda channels: t(f"data.to_channels_{channels}"), key="data_channels",
        )  # fmt: skip
        fit = st.segmented_control(
            t("data.fit"), FITS, default=FITS[0], required=True, format_func=lambda fit: t(f"data.fit_{fit}"),
            help=t("data.fit_help"), key="data_fit",
        )  # fmt: skip
    return ImportOptions(size, channels, fit)


def _read(source: Source, options: ImportOptions) -> Imported:
    """The pictures as they would be kept, with a bar while it takes; read again only when something has changed."""
    wanted = (source.identity, options)
    known = st.session_state.get(_IMPORTED)
    if known is not None and known[0] == wanted:
        return known[1]
    st.session_state.pop(_IMPORTED, None)
    imported = _read_with_bar(source, options)
    st.session_state[_IMPORTED] = (wanted, imported)
    return imported


def _read_with_bar(source: Source, options: ImportOptions) -> Imported:
    bar, drawn = st.empty(), time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal drawn
        if total and time.monotonic() - drawn > 0.2:
            drawn = time.monotonic()
            bar.progress(min(1.0, done / total), t("data.reading", done=f"{done:,}", total=f"{total:,}"))

    try:
        if not isinstance(source.content, dict):
            return read_source(source.content, source.name, options, progress, source.labels)
        with tempfile.TemporaryDirectory(prefix="ddpm-lab-") as folder:
            for name, content in source.content.items():
                (Path(folder) / name).write_bytes(content)
            return read_source(Path(folder), source.name, options, progress)
    except ValueError as error:
        raise ValueError(f"{t('data.refused')}\n\n{message_of(error)}") from error
    finally:
        bar.empty()


def say_what_was_saved() -> None:
    """After saving: that it is there, what fits it, and the way to Train."""
    name, num = st.session_state.get(_SAVED, ("", 0))
    if not name or name != st.session_state.get("dataset"):
        return
    with st.container(border=True):
        few = t("data.saved_few") if num < FEW else ""
        st.markdown(f":material/check_circle: {t('data.saved', name=name, num=f'{num:,}')} {few}")
        nav.link("train", t("data.train_on_it"), dataset=name)
