"""The runs a visitor can generate from: those shipped with the app, and those trained on this computer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from ddpm_core.runs.folder import RunFolder
from jobs.paths import checkpoints_dir, runs_dir
from jobs.store.store import Store
from ui.guard import guard
from ui.i18n import FALLBACK, strings, t

FIRST = "sprites"


@dataclass(frozen=True)
class RunChoice:
    """A run that has at least one checkpoint."""

    id: str
    label: str
    folder: RunFolder


def display_name(name: str) -> str:
    """A preset's name in the visitor's language; any other name as it is."""
    return preset_label(name) if f"train.preset_{name}" in strings(FALLBACK) else name


def preset_label(name: str) -> str:
    """What a preset is called."""
    return t(f"train.preset_{name}")


def store() -> Store:
    """The store of this server's runs."""
    return _store(str(runs_dir()))


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(root: str) -> Store:
    return Store()


def shipped() -> list[str]:
    """The names of the runs that come with the app, the one that a first visit sees first."""
    names = sorted(file.parent.name for file in checkpoints_dir().glob("*/config.json"))
    return sorted(names, key=lambda name: name != FIRST)


def choices() -> dict[str, RunChoice]:
    """Runs by id: shipped ones first, then this computer's, the newest first. A broken store hides only its own."""
    folders = {name: RunFolder(checkpoints_dir() / name) for name in shipped()}
    found = [
        RunChoice(name, t("common.shipped", name=display_name(name)), folder)
        for name, folder in folders.items()
        if not folder.config.denoiser_sigma  # which makes no pictures from noise
    ]
    with guard():
        for run in store().runs():
            if (run.folder / "config.json").is_file() and not run.config.denoiser_sigma:
                found.append(RunChoice(run.id, display_name(run.name), RunFolder(run.folder)))
    return {run.id: run for run in found if run.folder.epochs}


def name_of(run_id: str) -> str:
    """What a run is called, one of the store or one that ships with the app; one that is gone goes by its id."""
    with suppress(ValueError, OSError):
        return display_name(store().run(run_id).name)
    return display_name(run_id)


def just_started() -> list[str]:
    """Runs queued in this session that *Train* has yet to turn to.

    Fetched before a run is queued: Streamlit may end whoever touches the session after it (docs/pitfalls.md).
    """
    started: list[str] = st.session_state.setdefault("just_started", [])
    return started


def is_known(run_id: str) -> bool:
    """Whether the store has this run, with checkpoints or without."""
    return any(run.id == run_id for run in store().runs())
