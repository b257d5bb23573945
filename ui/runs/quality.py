"""What is known of a run's quality, epoch by epoch: measured before it was shipped, or by the pool."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from ddpm_core.config import from_dict
from ddpm_core.quality.report import Measure, QualityReport
from ui.runs.view import RunView

DISTANCES = ("frechet", "random_frechet", "sliced_wasserstein")
"""Fields of a report that tell how far samples are from real data, the more telling first."""


def shipped_reports(run: RunView) -> Mapping[int, QualityReport]:
    """By epoch, what MANIFEST.json says of a run that ships with the app; nothing of any other."""
    manifest = run.path.parent / "MANIFEST.json"
    return _shipped(run.path, manifest.stat().st_mtime_ns) if run.record is None and manifest.is_file() else {}


@st.cache_resource(max_entries=16, show_spinner=False)
def _shipped(folder: Path, _changed: int) -> Mapping[int, QualityReport]:
    epochs = json.loads((folder.parent / "MANIFEST.json").read_text(encoding="utf-8")).get(folder.name, {})
    measured = {int(epoch): facts.get("quality") for epoch, facts in epochs.get("epochs", {}).items()}
    return {epoch: from_dict(QualityReport, quality) for epoch, quality in measured.items() if quality}


def distance_of(report: QualityReport) -> tuple[str, Measure | None]:
    """The name and value of the most telling distance that the report has."""
    name = next((name for name in DISTANCES if getattr(report, name) is not None), DISTANCES[0])
    return name, getattr(report, name)
