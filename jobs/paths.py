"""Where runs live, and the names of the files that jobs keeps beside a run's own."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

REPOSITORY = Path(__file__).resolve().parent.parent
LOG = "worker.log"
LOCK = "worker.lock"
RESERVE = ".spare.part"
"""A file that keeps room for a worker to say on a full disk how its run ended."""


def runs_dir() -> Path:
    """The folder of the database, the run folders and the cache: DDPM_RUNS_DIR, else runs/ in the repository."""
    return Path(os.environ.get("DDPM_RUNS_DIR") or REPOSITORY / "runs").expanduser().resolve()


def checkpoints_dir() -> Path:
    """The runs that ship with the app, a folder each: DDPM_CHECKPOINTS_DIR, else checkpoints/ in the repository."""
    return Path(os.environ.get("DDPM_CHECKPOINTS_DIR") or REPOSITORY / "checkpoints").expanduser().resolve()


def worker_lock(folder: Path) -> FileLock:
    """The lock a worker holds on its run for as long as it lives, and that the system frees however it dies."""
    return FileLock(folder / LOCK)


def is_locked(folder: Path) -> bool:
    """Whether some process holds the run's lock, that is: whether its worker lives."""
    try:
        with worker_lock(folder).acquire(blocking=False):
            return False
    except Timeout:
        return True
