"""What the store tells: runs, their steps, their epochs."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from ddpm_core.config import TrainConfig, from_dict
from ddpm_core.errors import Message, loads
from jobs.paths import runs_dir
from jobs.store import metrics
from jobs.store.database import Database
from jobs.store.records import EpochRecord, Metrics, RunRecord

RECORD = (
    "id, name, config, status, created, started, finished, epoch, step, total_steps, seconds, device, "
    "pictures_per_second, attempts, pid, error, owner, note, parent, gpu_bytes"
)
THERE = "deleted IS NULL"
_log = logging.getLogger(__name__)


class Catalogue:
    """The store for reading; a deleted run is no longer there, though it can be brought back for a while."""

    def __init__(self, root: Path | None = None, timeout: float = 5.0) -> None:
        self.root = Path(root).resolve() if root is not None else runs_dir()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = Message("store.no_folder", reason=error.strerror)
            raise OSError(error.errno, remedy, str(self.root)) from error
        self.database = Database(self.root / "lab.db", timeout)

    def runs(self) -> list[RunRecord]:
        """Every run, the newest first; one whose config this version cannot read is left out, and logged."""
        return self._select(f"WHERE {THERE} ORDER BY seq DESC")

    def run(self, run_id: str) -> RunRecord:
        """One run; ValueError when there is none of this id."""
        with self.database.reading() as connection:
            row = connection.execute(f"SELECT {RECORD} FROM runs WHERE id = ? AND {THERE}", (run_id,)).fetchone()
        if row is None:
            raise _unknown(run_id)
        return self._record(row)

    def active(self) -> list[RunRecord]:
        """The runs that a worker has, or should have."""
        return self._select("WHERE status IN ('running', 'pausing', 'stopping') ORDER BY ticket")

    def metrics(self, run_id: str, max_points: int = 400) -> Metrics:
        """The steps of a run, thinned to about `max_points` (at most two more), first and last included."""
        with self.database.reading() as connection:
            return metrics.read_steps(connection, _seq(connection, run_id), max_points)

    def epochs(self, run_id: str) -> list[EpochRecord]:
        """The ends of epochs so far, in order."""
        with self.database.reading() as connection:
            return metrics.read_epochs(connection, _seq(connection, run_id))

    def _select(self, which: str) -> list[RunRecord]:
        with self.database.reading() as connection:
            rows = connection.execute(f"SELECT {RECORD} FROM runs {which}").fetchall()
        return self._records(rows)

    def _change(self, statement: str, *values: object) -> bool:
        """Run one UPDATE; whether it changed a row."""
        with self.database.reading() as connection:
            return connection.execute(statement, values).rowcount > 0

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
            raise ValueError(Message("run.unreadable", run=row["id"], reason=error)) from error
        values["error"] = loads(values["error"])
        return RunRecord(**values, folder=self.root / row["id"])


@lru_cache(maxsize=1024)
def _config(text: str) -> TrainConfig:
    """A stored config; pages list all runs at every rerun, and reading a config takes a millisecond."""
    return from_dict(TrainConfig, json.loads(text))


def _unknown(run_id: str) -> ValueError:
    return ValueError(Message("run.unknown", run=run_id))


def _seq(connection: sqlite3.Connection, run_id: str) -> int:
    row = connection.execute(f"SELECT seq FROM runs WHERE id = ? AND {THERE}", (run_id,)).fetchone()
    if row is None:
        raise _unknown(run_id)
    return int(row[0])
