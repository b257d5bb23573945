"""Background work gives way to the server that draws the pages."""

from __future__ import annotations

import sys

import psutil


def lower_priority(nice: int) -> None:
    """Step behind other processes; `nice` is 1 to 19, of which Windows only knows that it is not 0."""
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        process.nice(max(nice, process.nice()))
