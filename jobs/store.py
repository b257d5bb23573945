"""The runs, their queue and their metrics: the one truth that pages, supervisors and workers share."""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from filelock import Timeout

from ddpm_core.config import TrainConfig, from_dict, to_dict
from jobs import metrics
from jobs.database import Database
from jobs.paths import runs_dir, worker_lock
from jobs.records import EpochRecord, Metrics, RunRecord

_RECORD = (
    "id, name, config, status, created, started, finished, epoch, step, total_steps, seconds, device, "
    "pictures_per_second, attempts, pid, error"
)
_log = logging.getLogger(__name__)


class Store:
    """The database and run folders under `root` (default: `runs_dir()`); one may be shared by many threads.

    Every method raises ValueError for an unknown run or a damaged file, OSError (TimeoutError when locked) for a
    file that cannot be reached; the message names the file and the remedy.
    """

    def __init__(self, root: Path | None = None, timeout: float = 5.0) -> None:
        self.root = Path(root).resolve() if root is not None else runs_dir()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = f"{error.strerror}; set DDPM_RUNS_DIR to a folder that you may write to"
            raise OSError(error.errno, remedy, str(self.root)) from error
        self.database = Database(self.root / "lab.db", timeout)

    # What pages do

    def enqueue(self, config: TrainConfig, name: str = "") -> str:
        """Put a run at the end of the queue; returns its id, which is also its folder's name."""
        slug = re.sub(r"[^a-z0-9]+", "-", config.data.name.lower()).strip("-") or "run"
        run_id = f"{slug}-{time.strftime('%y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        with self.database.reading() as connection:
            connection.execute(
                "INSERT INTO runs (id, name, config, status, created, ticket) "
                "SELECT ?, ?, ?, 'queued', ?, coalesce(max(ticket), 0) + 1 FROM runs",
                (run_id, name or run_id, json.dumps(to_dict(config)), time.time()),
            )
        return run_id

    def runs(self) -> list[RunRecord]:
        """Every run, the newest first; one whose config this version cannot read is left out, and logged."""
        with self.database.reading() as connection:
            rows = connection.execute(f"SELECT {_RECORD} FROM runs ORDER BY seq DESC").fetchall()
        return self._records(rows)

    def run(self, run_id: str) -> RunRecord:
        """One run; ValueError when there is none of this id."""
        with self.database.reading() as connection:
            row = connection.execute(f"SELECT {_RECORD} FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise _unknown(run_id)
        return self._record(row)

    def queue_position(self, run_id: str) -> int:
        """1 for the run that starts next, 2 for the one after it; 0 for a run that does not wait."""
        with self.database.reading() as connection:
            row = connection.execute(
                "SELECT count(*) FROM runs JOIN (SELECT ticket FROM runs WHERE id = ? AND status = 'queued') AS mine "
                "ON runs.ticket <= mine.ticket WHERE status = 'queued'",
                (run_id,),
            ).fetchone()
        return int(row[0])

    def request_stop(self, run_id: str) -> None:
        """A running run stops within 2 s, a queued one at once; one that has ended stays as it is."""
        with self.database.reading() as connection:
            changed = connection.execute(
                "UPDATE runs SET finished = CASE status WHEN 'queued' THEN ? ELSE finished END, "
                "status = CASE status WHEN 'queued' THEN 'stopped' ELSE 'stopping' END "
                "WHERE id = ? AND status IN ('queued', 'running')",
                (time.time(), run_id),
            ).rowcount
        if not changed:
            self.run(run_id)

    def resume(self, run_id: str) -> None:
        """Put a stopped or failed run at the end of the queue; it goes on from its last checkpoint."""
        with self.database.reading() as connection:
            changed = connection.execute(
                "UPDATE runs SET status = 'queued', finished = NULL, error = '', attempts = 0, pid = NULL, "
                "ticket = (SELECT max(ticket) + 1 FROM runs) WHERE id = ? AND status IN ('stopped', 'failed')",
                (run_id,),
            ).rowcount
        if not changed:
            status = self.run(run_id).status
            raise ValueError(f"Run {run_id} is {status}; only a stopped or failed run can be resumed.")

    def delete(self, run_id: str) -> None:
        """Remove a run, its metrics and its folder; ValueError while it runs."""
        record = self.run(run_id)
        with self.database.reading() as connection:
            changed = connection.execute(
                "DELETE FROM runs WHERE id = ? AND status NOT IN ('running', 'stopping')", (run_id,)
            ).rowcount
        if not changed:
            raise ValueError(f"Run {run_id} is running. Stop it, then delete it.")
        if record.folder.exists():
            _remove(record.folder)

    def metrics(self, run_id: str, max_points: int = 400) -> Metrics:
        """The steps of a run, thinned to about `max_points` (at most two more), first and last included."""
        with self.database.reading() as connection:
            return metrics.read_steps(connection, _seq(connection, run_id), max_points)

    def epochs(self, run_id: str) -> list[EpochRecord]:
        """The ends of epochs so far, in order."""
        with self.database.reading() as connection:
            return metrics.read_epochs(connection, _seq(connection, run_id))

    # What a supervisor does

    def active(self) -> list[RunRecord]:
        """The runs that a worker has, or should have."""
        with self.database.reading() as connection:
            rows = connection.execute(
                f"SELECT {_RECORD} FROM runs WHERE status IN ('running', 'stopping') ORDER BY ticket"
            ).fetchall()
        return self._records(rows)

    def claim(self, max_running: int = 1) -> RunRecord | None:
        """Take the next queued run, if fewer than `max_running` run; of all who ask at once, one gets it."""
        with self.database.reading() as connection:
            row = connection.execute(
                "UPDATE runs SET status = 'running', started = coalesce(started, ?), attempts = 1, pid = NULL "
                "WHERE seq = (SELECT seq FROM runs WHERE status = 'queued' ORDER BY ticket LIMIT 1) "
                "AND status = 'queued' "
                "AND (SELECT count(*) FROM runs WHERE status IN ('running', 'stopping')) < ? "
                f"RETURNING {_RECORD}",
                (time.time(), max_running),
            ).fetchall()
        return next(iter(self._records(row)), None)

    def restart(self, record: RunRecord, reason: str) -> bool:
        """Begin the next attempt of a run whose worker died; False when its record is out of date."""
        with self.database.reading() as connection:
            changed = connection.execute(
                "UPDATE runs SET attempts = attempts + 1, pid = NULL, error = ? "
                "WHERE id = ? AND status = 'running' AND attempts = ?",
                (reason, record.id, record.attempts),
            ).rowcount
        return changed == 1

    def give_up(self, record: RunRecord, status: Literal["stopped", "failed"], error: str) -> bool:
        """End a run whose worker died; False when its record is out of date."""
        with self.database.reading() as connection:
            changed = connection.execute(
                "UPDATE runs SET status = ?, error = ?, finished = ?, pid = NULL "
                "WHERE id = ? AND status = ? AND attempts = ?",
                (status, error, time.time(), record.id, record.status, record.attempts),
            ).rowcount
        return changed == 1

    def _records(self, rows: Iterable[sqlite3.Row]) -> list[RunRecord]:
        records = []
        for row in rows:
            try:
                records.append(self._record(row))
            except ValueError as error:
                _log.warning("%s", error)
        return records

    def _record(self, row: sqlite3.Row) -> RunRecord:
        values: dict[str, Any] = dict(row)
        try:
            values["config"] = _config(values["config"])
        except ValueError as error:
            raise ValueError(f"Run {row['id']} has a config that this version cannot read: {error}") from error
        return RunRecord(**values, folder=self.root / row["id"])


@lru_cache(maxsize=1024)
def _config(text: str) -> TrainConfig:
    """A stored config; pages list all runs at every rerun, and reading a config takes a millisecond."""
    return from_dict(TrainConfig, json.loads(text))


def _unknown(run_id: str) -> ValueError:
    return ValueError(f"run is {run_id!r}: there is no such run here. Choose one from the list of runs.")


def _seq(connection: sqlite3.Connection, run_id: str) -> int:
    row = connection.execute("SELECT seq FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise _unknown(run_id)
    return int(row[0])


def _remove(folder: Path) -> None:
    # A worker that has just written its last word may hold the lock for a moment longer; Windows keeps locked files.
    try:
        with worker_lock(folder).acquire(timeout=5):
            pass
    except Timeout:
        raise ValueError(f"{folder} is still in use by its worker. Remove the folder later.") from None
    shutil.rmtree(folder)
