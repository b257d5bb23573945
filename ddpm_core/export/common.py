"""What every export needs: its optional library, and a clean place to write to."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from ddpm_core.errors import require


def optional(name: str) -> Any:
    """Import a library that only exports need; ValueError says how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ValueError(f"{name} is not installed; exports need it. Install it: pip install {name}.") from error


def empty_folder(path: Path) -> None:
    """Make sure that `path` is an empty folder, so that nothing old mixes with what is written."""
    empty = not path.exists() or (path.is_dir() and not any(path.iterdir()))
    require(empty, "out", str(path), "a folder that is new or empty")
    path.mkdir(parents=True, exist_ok=True)
