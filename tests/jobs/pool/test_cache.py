"""The disk cache stays within its bounds."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ddpm_core.quality.classifier import classifier_cache
from jobs.paths import runs_dir
from jobs.pool import cache


def test_classifiers_lie_in_the_same_cache_with_and_without_a_folder_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core knows nothing of jobs, so that each works out the folder for itself."""
    assert classifier_cache() == runs_dir() / "cache" / "classifiers"
    monkeypatch.delenv("DDPM_RUNS_DIR")
    assert classifier_cache() == runs_dir() / "cache" / "classifiers"


def test_the_cache_keeps_what_was_used_last(tmp_path: Path) -> None:
    now = time.time()
    for i in range(10):
        folder = tmp_path / f"{i}"
        folder.mkdir()
        (folder / "result.npz").write_bytes(b"x" * 100)
        os.utime(folder / "result.npz", (now - 100 + i, now - 100 + i))
    busy, abandoned = tmp_path / "busy", tmp_path / "abandoned"
    busy.mkdir()
    abandoned.mkdir()
    os.utime(abandoned, (now - 7200, now - 7200))
    cache.prune(tmp_path, max_requests=8, max_bytes=10**6)
    assert {folder.name for folder in tmp_path.iterdir()} == {"busy", "3", "4", "5", "6", "7", "8", "9"}
    os.utime(tmp_path / "3" / "result.npz")
    cache.prune(tmp_path, max_requests=8, max_bytes=250)
    assert {folder.name for folder in tmp_path.iterdir()} == {"busy", "3", "9"}
