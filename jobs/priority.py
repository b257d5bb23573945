"""Background work runs at a lower priority than the server that draws the pages."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import psutil

from ddpm_core.errors import Message

_AUTOGROUP = Path("/proc/self/autogroup")


def training_nice() -> int:
    """Nice value of training: DDPM_NICE, 0 (normal priority, for a machine that only trains) to 19; default 10."""
    text = os.environ.get("DDPM_NICE") or "10"
    if not text.isdecimal() or int(text) > 19:
        raise ValueError(Message("environment.nice", text=text))
    return int(text)


def lower_below_training() -> None:
    """For work that may take as long as it likes: in a session of its own, since Linux weighs whole sessions."""
    if sys.platform != "win32" and os.getsid(0) != os.getpid():
        os.setsid()
    lower_priority(min(19, training_nice() + 5))


def lower_priority(nice: int) -> None:
    """Give this process a nice value of 0 to 19, of which Windows only knows whether it is 0; it is never raised."""
    if nice == 0:
        return
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
