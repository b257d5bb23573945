"""A recorded run for the page Train to show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.runs import QUICK, made_up_run


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped runs with a made-up one in it, called `tiny`."""
    checkpoints = tmp_path / "checkpoints"
    monkeypatch.setenv("DDPM_CHECKPOINTS_DIR", str(checkpoints))
    made_up_run(checkpoints / "tiny", replace(QUICK, num_epochs=2))
    return checkpoints
