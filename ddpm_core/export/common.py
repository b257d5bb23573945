"""What every export needs: its optional library."""

from __future__ import annotations

import importlib
from typing import Any


def optional(name: str) -> Any:
    """Import a library that only exports need; ValueError says how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ValueError(f"{name} is not installed; exports need it. Install it: pip install {name}.") from error
