"""The runs a visitor can generate from: those shipped with the app, and those trained on this computer."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ddpm_core.run import RunFolder
from jobs.paths import REPOSITORY, runs_dir
from jobs.store import Store
from ui.guard import guard
from ui.i18n import t

CHECKPOINTS = REPOSITORY / "checkpoints"


@dataclass(frozen=True)
class RunChoice:
    """A run that has at least one checkpoint."""

    id: str
    label: str
    folder: RunFolder


def store() -> Store:
    """The store of this server's runs."""
    return _store(str(runs_dir()))


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(root: str) -> Store:
    return Store()


def choices() -> dict[str, RunChoice]:
    """Runs by id: shipped ones first, then this computer's, the newest first. A broken store hides only its own."""
    found = [
        RunChoice(path.parent.name, t("common.shipped", name=path.parent.name), RunFolder(path.parent))
        for path in sorted(CHECKPOINTS.glob("*/config.json"))
    ]
    with guard():
        for run in store().runs():
            if (run.folder / "config.json").is_file() and not run.config.denoiser_sigma:
                found.append(RunChoice(run.id, run.name, RunFolder(run.folder)))
    return {run.id: run for run in found if run.folder.epochs}


def is_known(run_id: str) -> bool:
    """Whether the store has this run, with checkpoints or without."""
    return any(run.id == run_id for run in store().runs())
