"""The machine's GPUs: how many runs train at once, and which run has which, for as long as its worker lives."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

from ddpm_core.errors import Message

_LIST = ("nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader")
_VISIBLE = "CUDA_VISIBLE_DEVICES"
PATIENCE = 10.0
"""Seconds that a run which has just ended may take to leave its GPU."""


@cache
def gpus() -> tuple[str, ...]:
    """Names of the GPUs that runs may use: those in CUDA_VISIBLE_DEVICES where it is set, else all of them."""
    visible = os.environ.get(_VISIBLE)
    if visible is None:
        try:
            visible = subprocess.run(_LIST, capture_output=True, text=True, timeout=20, check=True).stdout
        except (OSError, subprocess.SubprocessError):  # no such program, or no driver that answers it
            visible = ""
    return tuple(name.strip() for name in visible.replace("\n", ",").split(",") if name.strip() not in ("", "-1"))


def runs_at_once() -> int:
    """How many runs this machine trains at once: DDPM_MAX_RUNNING, else one on each GPU, or one on the processor."""
    text = os.environ.get("DDPM_MAX_RUNNING") or str(len(gpus()) or 1)
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise ValueError(Message("environment.max_running", text=text))
    return int(text)


def take_gpu(root: Path, patience: float = PATIENCE) -> FileLock | None:
    """Let this process see only a GPU that no other run under `root` has; before torch is imported.

    Returns the lock that is to be kept, and that the system frees however the process ends. None where no GPU becomes
    free: then, as more runs were allowed than there are GPUs, this one shares the first.
    """
    locks = {name: FileLock(root / f".{name}.lock") for name in gpus()}
    give_up = time.monotonic() + patience
    while locks:
        for name, lock in locks.items():
            with suppress(Timeout):
                lock.acquire(blocking=False)
                os.environ[_VISIBLE] = name
                return lock
        if time.monotonic() >= give_up:
            break
        time.sleep(0.1)
    return None
