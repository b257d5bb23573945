"""The tables of the store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ddpm_core.errors import Message

VERSION = 2
_TABLES = """
CREATE TABLE runs (
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
CREATE INDEX runs_by_status ON runs (status, ticket);
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
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
    kept INTEGER NOT NULL, -- of an earlier version, no longer read
    seconds REAL,
    PRIMARY KEY (run, epoch)
) WITHOUT ROWID;
"""


def version_of(connection: sqlite3.Connection) -> int:
    """0 for a file without tables."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def create_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Within a transaction, make the tables where there are none. Raises ValueError for a file of another version."""
    version = version_of(connection)  # Asked again: another process may have made them meanwhile.
    if version not in (0, VERSION):
        raise ValueError(Message("store.other_version", path=path, version=version, known=VERSION))
    if version == 0:
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
