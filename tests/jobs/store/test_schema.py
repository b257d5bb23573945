"""A database that an earlier version wrote still opens: every run, step and epoch is there, and can go on."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from ddpm_core.config import to_dict
from ddpm_core.runs.events import EpochEnd
from jobs.store.store import Store
from jobs.training.progress_writer import ProgressWriter
from tests.support.runs import TINY

# As of 2026-11-27.
VERSION_2 = """
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
    kept INTEGER NOT NULL,
    seconds REAL,
    PRIMARY KEY (run, epoch)
) WITHOUT ROWID;
PRAGMA user_version = 2;
"""
STATUSES = ("queued", "running", "pausing", "paused", "stopping", "stopped", "finished", "failed")


@pytest.fixture
def old(runs_dir: Path) -> Store:
    """A store with a run in every state; one run before them was deleted for good."""
    runs_dir.mkdir()
    connection = sqlite3.connect(runs_dir / "lab.db")
    connection.executescript(VERSION_2)
    for number, status in enumerate(("stopped", *STATUSES), start=1):
        connection.execute(
            "INSERT INTO runs (id, name, config, status, ticket, created, started, epoch, step, total_steps, seconds, "
            "device, pictures_per_second, attempts, pid, error, owner, note, parent, gpu_bytes) "
            "VALUES (?, ?, ?, ?, ?, 1e9, 2e9, 2, 3, 6, 1.5, 'CPU', 99, 1, 7, 'why', 'ada', 'hm', 'sprites@5', 8)",
            (f"run-{number}", f"Run {number}", json.dumps(to_dict(TINY)), status, 10 * number),
        )
        connection.executemany(
            "INSERT INTO metrics VALUES (?, ?, 1, 0.5, 1e-3, 1.0, 0.1)", [(number, step) for step in (1, 2, 3)]
        )
        connection.execute("INSERT INTO epochs VALUES (?, 1, 3, 0.2, 0.1, 1, 0.3)", (number,))
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("DELETE FROM runs WHERE seq = 1")
    connection.execute("INSERT INTO settings VALUES ('queue_closed', '1')")
    connection.commit()
    connection.close()
    return Store(runs_dir)


def test_every_run_is_there_with_its_curves(old: Store) -> None:
    assert [run.status for run in old.runs()] == list(reversed(STATUSES))
    for run in old.runs():
        assert run.config == TINY
        assert (run.name, run.created, run.started, run.epoch, run.step) == (f"Run {run.id[4:]}", 1e9, 2e9, 2, 3)
        assert (run.total_steps, run.seconds, run.device, run.attempts, run.pid) == (6, 1.5, "CPU", 1, 7)
        assert (run.error, run.owner, run.note, run.begun_with) == ("why", "ada", "hm", ("sprites", 5))
        assert run.gpu_bytes == 8
        assert old.metrics(run.id).step.tolist() == [1, 2, 3]
        assert old.epochs(run.id) == [EpochEnd(1, 3, 0.2, 0.1, 0.3)]
    assert old.queue_closed


def test_its_runs_go_on(old: Store) -> None:
    run_id = old.enqueue(TINY, owner="bob")
    assert [waiting.record.id for waiting in old.queue()] == ["run-2", run_id]
    record = old.claim(max_running=9)
    assert record is not None
    progress = ProgressWriter(old, record)
    assert progress.begin()
    progress.add_epoch(EpochEnd(2, 6, 0.1, 0.05, 0.6))
    progress.end("finished")
    assert (old.run("run-2").status, old.run("run-2").epoch) == ("finished", 2)
    assert [end.epoch for end in old.epochs("run-2")] == [1, 2]
    old.delete("run-9")
    assert "run-9" not in [run.id for run in old.runs()]


def test_the_tables_guard_themselves(old: Store) -> None:
    old.enqueue(TINY)
    with old.database.writing() as connection:
        assert connection.execute("SELECT max(seq) FROM runs").fetchone()[0] == 10, "no number is used twice"
        connection.execute("DELETE FROM runs WHERE id = 'run-5'")
        assert connection.execute("SELECT count(*) FROM metrics WHERE run = 5").fetchone()[0] == 0
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute("UPDATE runs SET status = 'dreaming'")


def test_new_tables_are_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("jobs.store.schema._TABLES", "CREATE TABLE runs (id TEXT); INSERT INTO nowhere VALUES (1)")
        with pytest.raises(ValueError, match="nowhere"):
            Store(tmp_path)
    assert Store(tmp_path).runs() == []
