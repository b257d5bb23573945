"""What runs in a process of the pool: one request after another, until the server is gone."""

from __future__ import annotations

import json
import os
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Literal

import psutil
from filelock import FileLock, Timeout

from ddpm_core.atomic import replacing
from ddpm_core.config import from_dict
from jobs.failure import failure_message
from jobs.pool.cache import RequestFolder, tidy
from jobs.pool.protocol import Cancelled, Report
from jobs.pool.tasks import TASKS
from jobs.priority import lower_below_training, lower_priority

PROGRESS_SECONDS = 0.05
Outcome = tuple[Literal["done", "failed", "cancelled"], str]
"""How it ended, and why if it failed."""


def start(parent_pid: int, background: bool) -> None:
    """The pool's initializer: run below the server, and end when it does, for a killed server ends no children."""
    if background:
        lower_below_training()
    else:
        lower_priority(5)
    threading.Thread(target=_end_with, args=(psutil.Process(parent_pid),), daemon=True).start()


def _end_with(parent: psutil.Process) -> None:
    # is_running knows a reused pid from its start time; the parent's pid as seen from here also shows a zombie's end.
    myself = psutil.Process()
    while myself.ppid() == parent.pid and parent.is_running():
        time.sleep(1.0)
    os._exit(1)


def compute(path: str, token: str) -> Outcome:
    """Run the request in the folder `path` unless its result is there; `token` names the mark that cancels it."""
    folder = RequestFolder(Path(path))
    cancel = folder.cancel_mark(token)
    last_report = 0.0

    def report(done: int, total: int) -> None:
        nonlocal last_report
        if cancel.exists():
            raise Cancelled
        if done == total or time.monotonic() - last_report > PROGRESS_SECONDS:
            last_report = time.monotonic()
            folder.write_progress(done, total)

    try:
        lock = _acquire(folder, cancel)
        try:
            if not folder.result.exists():
                report(0, 0)
                _compute(folder, report)
        finally:
            lock.release()
        tidy(folder)
    except Cancelled:
        return "cancelled", ""
    except Exception as error:
        message, details = failure_message(error, folder.path), traceback.format_exc()
        with suppress(OSError):  # The message travels back to the server; on a full disk only the details are lost.
            folder.error.write_text(json.dumps({"error": message, "details": details}), encoding="utf-8")
        return "failed", message
    finally:
        cancel.unlink(missing_ok=True)
    return "done", ""


def _acquire(folder: RequestFolder, cancel: Path) -> FileLock:
    # Another server on the same runs folder may be computing this very request: wait for it, and take its result.
    lock = folder.lock()
    while not cancel.exists():
        with suppress(Timeout):
            lock.acquire(timeout=0.2)
            return lock
    raise Cancelled


def _compute(folder: RequestFolder, report: Report) -> None:
    content = folder.read_request()
    task = TASKS[content["task"]]
    result = task.function(from_dict(task.request_type, content["request"]), report)
    with replacing(folder.result) as temporary:
        result.save(temporary)
