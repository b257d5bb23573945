"""The table of runs: its rows as records, and new ones."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from ddpm_core.config import TrainConfig, from_dict, to_dict
from ddpm_core.errors import Message, loads
from jobs.store.records import RunRecord

COLUMNS = ", ".join(field.name for field in fields(RunRecord) if field.name != "folder")
NOT_DELETED = "deleted IS NULL"
_log = logging.getLogger(__name__)


def select(connection: sqlite3.Connection, root: Path, which: str) -> list[RunRecord]:
    """The runs under `root` of which `which` holds; one whose config this version cannot read is only logged."""
    records = []
    for row in connection.execute(f"SELECT {COLUMNS} FROM runs WHERE {which}").fetchall():
        try:
            records.append(record(row, root))
        except ValueError as error:
            _log.warning("%s", error)
    return records


def find(connection: sqlite3.Connection, root: Path, run_id: str) -> RunRecord:
    """One run under `root`; ValueError for an unknown or deleted one, and for a config that cannot be read."""
    return record(_row(connection, run_id, COLUMNS), root)


def seq_of(connection: sqlite3.Connection, run_id: str) -> int:
    """A run's number in the tables of metrics; ValueError for an unknown or deleted one."""
    return int(_row(connection, run_id, "seq")[0])


def record(row: sqlite3.Row, root: Path) -> RunRecord:
    """A row of COLUMNS as a record; ValueError for a config that this version cannot read."""
    values: dict[str, Any] = dict(row)
    try:
        values["config"] = _config(values["config"])
    except ValueError as error:
        raise ValueError(Message("run.unreadable", run=row["id"], reason=error)) from error
    values["error"] = loads(values["error"])
    return RunRecord(**values, folder=root / row["id"])


def insert(connection: sqlite3.Connection, config: TrainConfig, **columns: object) -> int:
    """Add a run, in the queue's last place; returns its number in the tables of metrics."""
    columns |= {"config": json.dumps(to_dict(config)), "created": time.time()}
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    ticket = "(SELECT coalesce(max(ticket), 0) + 1 FROM runs)"
    cursor = connection.execute(
        f"INSERT INTO runs ({names}, ticket) VALUES ({marks}, {ticket})", tuple(columns.values())
    )
    return int(cursor.lastrowid or 0)


def _row(connection: sqlite3.Connection, run_id: str, columns: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        f"SELECT {columns} FROM runs WHERE id = ? AND {NOT_DELETED}", (run_id,)
    ).fetchone()
    if row is None:
        raise ValueError(Message("run.unknown", run=run_id))
    return row


@lru_cache(maxsize=1024)
def _config(text: str) -> TrainConfig:
    """A stored config; pages list all runs at every rerun, and reading a config takes a millisecond."""
    return from_dict(TrainConfig, json.loads(text))
