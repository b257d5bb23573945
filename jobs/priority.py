"""Background work gives way to the server that draws the pages."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import psutil

_AUTOGROUP = Path("/proc/self/autogroup")


def lower_priority(nice: int) -> None:
    """Step behind other processes; `nice` is 1 to 19, of which Windows only knows that it is not 0."""
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        return
    process.nice(max(nice, process.nice()))
    # Linux shares its time among sessions before it looks at nice values (sched(7), "The autogroup feature"), so a
    # process that leads a session of its own has to lower that as well.
    if _AUTOGROUP.exists() and os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            _AUTOGROUP.write_text(f"{nice}\n")
