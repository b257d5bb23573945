"""What is known of a run's quality, epoch by epoch: measured before it was shipped, or by the pool."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from ddpm_core.config import from_dict
from ddpm_core.quality.report import Measure, QualityReport

DISTANCES = ("frechet", "random_frechet", "sliced_wasserstein")
"""Fields of a report that tell how far samples are from real data, the more telling first."""


def shipped_reports(folder: Path) -> Mapping[int, QualityReport]:
    """By epoch, what MANIFEST.json beside a shipped run's folder says of it; nothing where it says nothing."""
    manifest = folder.parent / "MANIFEST.json"
    return _shipped(folder, manifest.stat().st_mtime_ns) if manifest.is_file() else {}


@st.cache_resource(max_entries=16, show_spinner=False)
def _shipped(folder: Path, _changed: int) -> Mapping[int, QualityReport]:
    epochs = json.loads((folder.parent / "MANIFEST.json").read_text(encoding="utf-8")).get(folder.name, {})
    told = epochs.get("epochs", {}).items()
    return {int(epoch): from_dict(QualityReport, facts["quality"]) for epoch, facts in told if facts.get("quality")}


def distance_of(report: QualityReport) -> tuple[str, Measure | None]:
    """The name and value of the most telling distance that the report has."""
    name = next((name for name in DISTANCES if getattr(report, name) is not None), DISTANCES[0])
    return name, getattr(report, name)
