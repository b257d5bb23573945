"""Background work gives way to the server that draws the pages."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import psutil

from ddpm_core.errors import Message

_AUTOGROUP = Path("/proc/self/autogroup")


def training_nice() -> int:
    """How far training steps back: DDPM_NICE, 0 (not at all, as on a machine of its own) to 19; default 10."""
    text = os.environ.get("DDPM_NICE") or "10"
    if not text.isdecimal() or int(text) > 19:
        raise ValueError(Message("environment.nice", text=text))
    return int(text)


def step_behind_training() -> None:
    """For work that may take as long as it likes: in a session of its own, since sessions are what Linux weighs."""
    if sys.platform != "win32" and os.getsid(0) != os.getpid():
        os.setsid()
    lower_priority(min(19, training_nice() + 5))


def lower_priority(nice: int) -> None:
    """Step behind other processes; `nice` is 0 to 19, of which Windows only knows whether it is 0."""
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
