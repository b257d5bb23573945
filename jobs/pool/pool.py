"""Short torch calls in other processes, so that the server stays free of torch and its pages stay quick."""

from __future__ import annotations

import os
import secrets
import threading
import weakref
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, Literal

import loky
from loky.process_executor import BrokenProcessPool, ShutdownExecutorError

from ddpm_core.errors import Message, require
from jobs.pool import child
from jobs.pool.cache import RequestFolder
from jobs.pool.child import Outcome
from jobs.pool.protocol import Task, TaskRequest, TaskResult
from jobs.pool.tasks import TASKS

RequestState = Literal["running", "done", "failed", "cancelled"]
IDLE_SECONDS = 300
_lock = threading.Lock()
_computations: dict[str, _Computation] = {}
# Processes are started from one thread: asked from the pages' threads there would be a pool for every visitor.
_dispatcher = ThreadPoolExecutor(1, thread_name_prefix="pool")
_executors: dict[bool, Any] = {}
"""By whether it is for background work, which must keep no visitor's request waiting."""


def submit(task: str, request: TaskRequest) -> Request:
    """Ask for a result; at once, whether it is in the cache, being computed, or to be computed.

    Raises ValueError for an unknown task and for a request whose files are not there, OSError for a cache that
    cannot be written.
    """
    require(task in TASKS, "task", task, ", ".join(TASKS))
    folder = RequestFolder.of(task, request)
    key = str(folder.path)
    with _lock:
        computation = _computations.get(key)
        if computation is None or computation.abandoned:
            computation = _Computation(folder, TASKS[task])
            if not folder.result.exists():
                _computations[key] = computation
                computation.outcome.add_done_callback(lambda _: _forget(key, computation))
                folder.clear()
                _dispatcher.submit(computation.dispatch)
            else:
                folder.mark_used()
                computation.outcome.set_result(("done", ""))
        return Request(computation)


def look_up(task: str, request: TaskRequest) -> Any | None:
    """The result if it is there already, else None; nothing is computed. Raises ValueError as `submit` does."""
    folder = RequestFolder.of(task, request, make=False)
    if not folder.result.exists():
        return None
    try:
        return TASKS[task].result_type.load(folder.result)
    except (ValueError, OSError):  # damaged, or gone meanwhile: `submit` makes it anew
        return None


def shut_down() -> None:
    """End the pool's processes and what they compute; the next `submit` starts new ones.

    A program that ends without it first waits for all that is still to be computed.
    """
    _dispatcher.submit(_end_executors).result(timeout=10)


class Request:
    """One caller's view of a computation, which others may be waiting for, too."""

    def __init__(self, computation: _Computation) -> None:
        self._computation = computation
        self._cancelled = False
        computation.waiters.add(self)

    @property
    def state(self) -> RequestState:
        """Cheap enough to be asked at every rerun."""
        if self._cancelled:
            return "cancelled"
        return self._computation.outcome.result()[0] if self._computation.outcome.done() else "running"

    @property
    def progress(self) -> tuple[int, int]:
        """Steps done and in all; (0, 0) while it waits its turn or torch is loading."""
        return self._computation.folder.read_progress()

    @property
    def error(self) -> str:
        """Why it failed; empty unless it has."""
        return self._computation.outcome.result()[1] if self.state == "failed" else ""

    def cancel(self) -> None:
        """Wait no longer; the computation ends at its next step if nobody else waits for it."""
        self._cancelled = True
        self._computation.leave(self)

    def result(self, timeout: float | None = None) -> Any:
        """The result, waiting for it if need be.

        Raises ValueError with the reason if it failed, TimeoutError, CancelledError.
        """
        if not self._cancelled:
            self._computation.outcome.result(timeout)
        if self.state == "cancelled":
            raise CancelledError
        if self.state == "failed":
            raise ValueError(self.error)
        return self._computation.load()


class _Computation:
    """A request on its way through the pool; outcome is set once, whatever becomes of the processes."""

    def __init__(self, folder: RequestFolder, task: Task) -> None:
        self.folder = folder
        self._task = task
        self.outcome: Future[Outcome] = Future()
        self.waiters: weakref.WeakSet[Request] = weakref.WeakSet()
        self.abandoned = False
        self._token = secrets.token_hex(4)
        self._tries = 0

    def dispatch(self) -> None:
        """On the dispatcher's thread: hand it to a process."""
        self._tries += 1
        try:
            future = _send(self._task.background, str(self.folder.path), self._token)
            future.add_done_callback(self._done)
        except Exception as error:
            self.outcome.set_result(("failed", Message("pool.not_started", reason=error)))

    def leave(self, request: Request) -> None:
        """Cancel the computation when the last one who waits has left."""
        with _lock:
            self.waiters.discard(request)
            if self.waiters or self.outcome.done():
                return
            self.abandoned = True
        self.folder.cancel_mark(self._token).touch()

    def load(self) -> TaskResult:
        try:
            return self._task.result_type.load(self.folder.result)
        except FileNotFoundError:
            raise ValueError(Message("pool.gone")) from None
        except ValueError:
            self.folder.result.unlink(missing_ok=True)
            raise

    def _done(self, future: Future[Outcome]) -> None:
        try:
            self.outcome.set_result(future.result())
        except BrokenProcessPool:
            # All that waited in the queue fail together with the one whose process died: those get a second chance.
            if self._tries < 2 and not self.folder.begun:
                _dispatcher.submit(self.dispatch)
            else:
                self.outcome.set_result(("failed", Message("pool.ended")))
        except (ShutdownExecutorError, CancelledError):
            self.outcome.set_result(("cancelled", ""))
        except Exception as error:
            reason = Message("pool.unexpected", type=type(error).__name__, reason=error)
            self.outcome.set_result(("failed", reason))


def _forget(key: str, computation: _Computation) -> None:
    with _lock:
        if _computations.get(key) is computation:
            del _computations[key]


def _send(background: bool, *what: str) -> Any:
    try:
        return _get_executor(background).submit(child.compute, *what)
    except BrokenProcessPool:  # One of its processes died: all of it is replaced.
        _executors.pop(background).shutdown(wait=True, kill_workers=True)
        return _get_executor(background).submit(child.compute, *what)


def _get_executor(background: bool) -> Any:
    """The processes for a kind of work; one of its own, of one thread, for what is done in the background."""
    if background not in _executors:
        cores = loky.cpu_count()
        processes = 1 if background else max(1, cores // 2)
        threads = "1" if background else str(max(1, cores // processes))
        _executors[background] = loky.ProcessPoolExecutor(
            max_workers=processes,
            timeout=IDLE_SECONDS,
            initializer=child.start,
            initargs=(os.getpid(), background),
            env={"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
        )
    return _executors[background]


def _end_executors() -> None:
    while _executors:
        _, executor = _executors.popitem()
        executor.shutdown(wait=True, kill_workers=True)
