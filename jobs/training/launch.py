"""Starting a worker's process so that it outlives the server, and telling how it ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from ddpm_core.errors import Message
from jobs.failure import is_disk_full
from jobs.paths import LOG, REPOSITORY
from jobs.store.records import RunRecord

HEADING = "---"
"""Begins the line that begins an attempt in the log."""


def launch(record: RunRecord) -> subprocess.Popen[bytes]:
    """Start `python -m jobs.training.worker` for a run, in a session of its own; its output goes to worker.log."""
    record.folder.mkdir(parents=True, exist_ok=True)
    threads = str(record.config.num_threads or os.cpu_count() or 1)
    environment = os.environ | {
        "DDPM_RUNS_DIR": str(record.folder.parent),
        "OMP_NUM_THREADS": threads,  # torch reads these when it is imported
        "MKL_NUM_THREADS": threads,
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
    }
    with (record.folder / LOG).open("ab") as log:
        log.write(f"{HEADING} {time.strftime('%Y-%m-%d %H:%M:%S')} attempt {record.attempts}\n".encode())
        log.flush()
        return subprocess.Popen(
            [sys.executable, "-m", "jobs.training.worker", record.id],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Neither Ctrl+C in the server's terminal nor closing it may end a run.
            start_new_session=True,
            creationflags=_windows("CREATE_NO_WINDOW") | _windows("CREATE_NEW_PROCESS_GROUP"),
        )


def how_it_ended(exit_code: int | None) -> str:
    """What became of a worker that did not say; exit_code is None for the child of an earlier server."""
    if exit_code is None:
        return Message("worker.unwatched")
    if exit_code < 0:  # POSIX only; on Windows a process that is killed has an exit code like any other.
        return Message("worker.killed", signal=-exit_code)
    return Message("worker.exited", code=exit_code)


def why_given_up(record: RunRecord, exit_code: int | None) -> str:
    """The reason a run carries after its last attempt: what happened, what may help, what the log said last."""
    if is_disk_full(record.folder):
        return Message("failure.disk_full", folder=record.folder)
    text = Message("worker.twice_killed" if exit_code == -9 else "worker.twice", ended=how_it_ended(exit_code))
    last = [line for line in record.log_tail(5).splitlines() if not line.startswith(HEADING)]
    return Message("worker.with_log", given_up=text, log=" | ".join(last)) if last else text


def _windows(flag: str) -> int:
    return int(getattr(subprocess, flag, 0))
