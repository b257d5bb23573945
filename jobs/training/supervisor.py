"""Takes queued runs, starts their workers, and notices the dead; a thread of the server."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from functools import cached_property

from ddpm_core.errors import Message
from jobs.devices import runs_at_once
from jobs.failure import failure_message
from jobs.paths import RESERVE, is_locked
from jobs.store.records import RunRecord
from jobs.store.store import Store
from jobs.training.launch import how_it_ended, launch, why_given_up

POLL_SECONDS = 1.0
MAX_ATTEMPTS = 2
START_SECONDS = 20.0
"""A worker that an earlier server may have started gets this long to take its lock."""
_log = logging.getLogger(__name__)


class Supervisor(threading.Thread):
    """Keeps as many workers of one store going as `runs_at_once` says. Several supervisors on a store get along.

    A worker lives as long as it holds its run's lock; its process id is not asked, as ids are reused and the worker
    of an earlier server is nobody's child. Workers outlive the supervisor.
    Without a store it opens that of `runs_dir()` in its thread, and tries again until that works.
    """

    def __init__(self, store: Store | None = None) -> None:
        super().__init__(name="supervisor", daemon=True)
        self._given = store
        self._children: dict[tuple[str, int], subprocess.Popen[bytes]] = {}
        self._waiting_since: dict[tuple[str, int], float] = {}
        self._end = threading.Event()

    @cached_property
    def _store(self) -> Store:
        return self._given or Store()

    def stop(self) -> None:
        """End the thread; workers go on, and the next supervisor adopts them."""
        self._end.set()
        if self.is_alive():
            self.join(timeout=10)

    def poll(self) -> None:
        """One round: look after the active runs, start queued ones, remove what was deleted."""
        # The children first: one that has ended by now and still counts as active afterwards did not say how.
        exit_codes = {attempt: child.poll() for attempt, child in self._children.items()}
        active = self._store.active()
        for record in active:
            if self._is_dead(record, exit_codes):
                self._restart_or_give_up(record, exit_codes.get((record.id, record.attempts)))
        for attempt in exit_codes.keys() - {(record.id, record.attempts) for record in active}:
            if exit_codes[attempt] is not None:
                del self._children[attempt]
        while (claimed := self._store.claim(runs_at_once())) is not None:
            self._launch(claimed)
        self._store.purge()

    def _is_dead(self, record: RunRecord, exit_codes: dict[tuple[str, int], int | None]) -> bool:
        attempt = (record.id, record.attempts)
        own = attempt in exit_codes
        if own and exit_codes[attempt] is None:
            return False
        if is_locked(record.folder):
            self._waiting_since.pop(attempt, None)
            return False
        if own or record.pid is not None:
            return True
        # Claimed by another supervisor that starts the worker this very moment, or was killed before it could.
        since = self._waiting_since.setdefault(attempt, time.monotonic())
        return time.monotonic() - since > START_SECONDS

    def _restart_or_give_up(self, record: RunRecord, exit_code: int | None) -> None:
        (record.folder / RESERVE).unlink(missing_ok=True)
        if record.status in ("stopping", "pausing"):
            self._store.give_up(record, "stopped" if record.status == "stopping" else "paused", "")
        elif record.attempts >= MAX_ATTEMPTS:
            self._store.give_up(record, "failed", why_given_up(record, exit_code))
        elif self._store.restart(record, Message("worker.goes_on", ended=how_it_ended(exit_code))):
            self._launch(self._store.run(record.id))

    def _launch(self, record: RunRecord) -> None:
        try:
            self._children[record.id, record.attempts] = launch(record)
        except OSError as error:
            self._store.give_up(record, "failed", failure_message(error, record.folder))

    def run(self) -> None:
        """A round every second until `stop`."""
        problem = ""
        while True:
            try:
                self.poll()
                problem = ""
            except (OSError, ValueError) as error:  # The store is locked, full or damaged: perhaps not for long.
                if str(error) != problem:
                    problem = str(error)
                    _log.warning("The queue stands still: %s", problem)
            except Exception:
                _log.exception("The supervisor's round failed; it goes on.")
            if self._end.wait(POLL_SECONDS):
                return
