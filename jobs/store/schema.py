"""The tables of the store, and how a file of an earlier version becomes one of this."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ddpm_core.errors import Message

VERSION = 2
_RUNS = """
CREATE TABLE {name} (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    config TEXT NOT NULL,
    status TEXT NOT NULL CHECK (
        status IN ('queued', 'running', 'pausing', 'paused', 'stopping', 'stopped', 'finished', 'failed')
    ),
    ticket INTEGER NOT NULL,
    created REAL NOT NULL,
    started REAL,
    finished REAL,
    epoch INTEGER NOT NULL DEFAULT 0,
    step INTEGER NOT NULL DEFAULT 0,
    total_steps INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    device TEXT NOT NULL DEFAULT '',
    pictures_per_second REAL NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    pid INTEGER,
    error TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    parent TEXT NOT NULL DEFAULT '',
    deleted REAL,
    gpu_bytes INTEGER NOT NULL DEFAULT 0
);
"""
_BESIDE_RUNS = """
CREATE INDEX runs_by_status ON runs (status, ticket);
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
"""
_METRICS = """
CREATE TABLE metrics (
    run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    loss REAL,
    learning_rate REAL,
    grad_norm REAL,
    seconds REAL,
    PRIMARY KEY (run, step)
) WITHOUT ROWID;
CREATE TABLE epochs (
    run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    step INTEGER NOT NULL,
    val_loss REAL,
    val_loss_ema REAL,
    kept INTEGER NOT NULL,
    seconds REAL,
    PRIMARY KEY (run, epoch)
) WITHOUT ROWID;
"""
_KEPT = (
    "seq, id, name, config, status, ticket, created, started, finished, epoch, step, total_steps, seconds, device, "
    "pictures_per_second, attempts, pid, error"
)
# SQLite cannot change a CHECK: the table is made anew, then takes the old one's name (sqlite.org/lang_altertable.html).
_FROM_1 = f"""
{_RUNS.format(name="new_runs")}
INSERT INTO new_runs ({_KEPT}) SELECT {_KEPT} FROM runs;
DROP TABLE runs;
ALTER TABLE new_runs RENAME TO runs;
{_BESIDE_RUNS}
"""
_STEPS = {0: _RUNS.format(name="runs") + _BESIDE_RUNS + _METRICS, 1: _FROM_1}


def version_of(connection: sqlite3.Connection) -> int:
    """0 for a file without tables."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables, or turn those of an earlier version into this one's: whole, or not at all, every run kept.

    Leaves foreign keys switched off: replacing a table must not remove what refers to it.
    Raises ValueError for a file of a version that this program does not know.
    """
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    version = version_of(connection)  # Only now: another process may have made the tables meanwhile.
    if version != VERSION and version not in _STEPS:
        connection.execute("ROLLBACK")
        raise ValueError(Message("store.other_version", path=path, version=version, known=VERSION))
    try:
        if version != VERSION:
            for statement in _STEPS[version].split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
