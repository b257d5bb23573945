"""Requests to the pool as folders: runs/cache/requests/<task>/<hash of all that the result depends on>/."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from ddpm_core.atomic import replacing
from ddpm_core.config import to_dict
from jobs.paths import runs_dir
from jobs.pool.code_hash import code_hash
from jobs.pool.protocol import TaskRequest
from jobs.pool.tasks import TASKS

MAX_REQUESTS = 200
MAX_BYTES = 512 * 1024**2
"""Of each task: a few large pictures must not push out many small numbers that took long."""
_ABANDONED_SECONDS = 3600.0


class RequestFolder:
    """request.json, progress.json, then result.npz or error.json; a cancel mark once nobody waits any more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.result = path / "result.npz"
        self.error = path / "error.json"
        self._request = path / "request.json"
        self._progress = path / "progress.json"

    @classmethod
    def of(cls, task: str, request: TaskRequest, *, make: bool = True) -> RequestFolder:
        """The folder of a request: the same as long as the request, its files and the code it needs are the same.

        It is made where it is not there yet, unless `make` is False: then nothing is written.
        """
        content = {
            "task": task,
            "request": to_dict(request),
            "files": [_identity(path) for path in request.files()],
            "code": code_hash(TASKS[task].function.__module__),
        }
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
        folder = cls(runs_dir() / "cache" / "requests" / task / digest)
        if make:
            folder.path.mkdir(parents=True, exist_ok=True)
            if not folder._request.exists():
                _write(folder._request, content)
        return folder

    def read_request(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self._request.read_text(encoding="utf-8"))
        return values

    def lock(self) -> FileLock:
        """Held by the process that computes: two servers on one cache do no work twice."""
        return FileLock(self.path / "lock")

    def cancel_mark(self, token: str) -> Path:
        """The file that, once there, ends the computation of this token between two steps."""
        return self.path / f"cancel-{token}"

    def write_progress(self, done: int, total: int) -> None:
        with suppress(OSError):  # Windows cannot replace a file while it is read; the next step writes it again.
            _write(self._progress, [done, total])

    def read_progress(self) -> tuple[int, int]:
        """Steps done and in all; (0, 0) before the first."""
        try:
            done, total = json.loads(self._progress.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0, 0
        return int(done), int(total)

    @property
    def begun(self) -> bool:
        """Whether a process has taken it up."""
        return self._progress.exists()

    def clear(self) -> None:
        """Forget how an earlier computation went."""
        self._progress.unlink(missing_ok=True)
        self.error.unlink(missing_ok=True)

    def mark_used(self) -> None:
        """Mark the result as used, so that it is among the last to go."""
        with suppress(OSError):
            os.utime(self.result)


def tidy(folder: RequestFolder) -> None:
    """After a computation: keep its task's results within bounds, and remove what earlier versions left."""
    prune(folder.path.parent)
    _remove_earlier_layout(folder.path.parents[2])


def prune(requests: Path, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES) -> None:
    """Keep the results of a task used last, within both bounds; remove older ones and requests that never got one."""
    results = sorted(((_used(folder), folder) for folder in requests.iterdir() if folder.is_dir()), reverse=True)
    total = 0
    for i, (used, folder) in enumerate(results):
        result = folder / "result.npz"
        size = result.stat().st_size if result.exists() else 0
        total += size
        if i >= max_requests or total > max_bytes or (not size and time.time() - used > _ABANDONED_SECONDS):
            shutil.rmtree(folder, ignore_errors=True)
            total -= size


def _remove_earlier_layout(cache_dir: Path) -> None:
    # Requests used to lie in the cache itself. A server of that time may still be at work in those just used.
    for folder in cache_dir.iterdir():
        if re.fullmatch("[0-9a-f]{32}", folder.name) and time.time() - _used(folder) > _ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _used(folder: Path) -> float:
    result = folder / "result.npz"
    try:
        return (result if result.exists() else folder).stat().st_mtime
    except OSError:
        return 0.0


def _identity(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns


def _write(path: Path, values: object) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(values), encoding="utf-8")
