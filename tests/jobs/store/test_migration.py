"""A store that an earlier version wrote: every run, step and epoch is there afterwards, and the file is whole."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from ddpm_core.config import to_dict
from jobs.store.store import Store
from tests.support.processes import all_at_once
from tests.support.runs import TINY

# As version 1 made it.
VERSION_1 = """
CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    config TEXT NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('queued', 'running', 'stopping', 'stopped', 'finished', 'failed')),
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
    error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX runs_by_status ON runs (status, ticket);
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
PRAGMA user_version = 1;
"""
STATUSES = ("queued", "running", "stopping", "stopped", "finished", "failed")


@pytest.fixture
def old(runs_dir: Path) -> Path:
    """A store of version 1 with a run in every state; one run before them was deleted."""
    runs_dir.mkdir()
    connection = sqlite3.connect(runs_dir / "lab.db")
    connection.executescript(VERSION_1)
    config = json.dumps(to_dict(TINY))
    for number, status in enumerate(("stopped", *STATUSES), start=1):
        connection.execute(
            "INSERT INTO runs (id, name, config, status, ticket, created, started, epoch, step, total_steps, seconds, "
            "device, pictures_per_second, attempts, pid, error) "
            "VALUES (?, ?, ?, ?, ?, 1e9, 2e9, 2, 3, 6, 1.5, 'CPU', 99, 1, 7, 'why')",
            (f"run-{number}", f"Run {number}", config, status, 10 * number),
        )
        connection.executemany(
            "INSERT INTO metrics VALUES (?, ?, 1, 0.5, 1e-3, 1.0, 0.1)", [(number, step) for step in (1, 2, 3)]
        )
        connection.execute("INSERT INTO epochs VALUES (?, 1, 3, 0.2, 0.1, 1, 0.3)", (number,))
    connection.commit()
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("DELETE FROM runs WHERE seq = 1")
    connection.commit()
    connection.close()
    return runs_dir


def test_every_run_is_kept_with_its_curves(old: Path) -> None:
    store = Store(old)
    runs = store.runs()
    assert [run.status for run in runs] == list(reversed(STATUSES))
    for run in runs:
        assert run.config == TINY
        assert (run.name, run.created, run.started, run.epoch, run.step) == (f"Run {run.id[4:]}", 1e9, 2e9, 2, 3)
        assert (run.total_steps, run.seconds, run.device, run.attempts, run.pid) == (6, 1.5, "CPU", 1, 7)
        assert (run.error, run.owner, run.note, run.parent) == ("why", "", "", "")
        assert store.metrics(run.id).step.tolist() == [1, 2, 3]
        assert [end.epoch for end in store.epochs(run.id)] == [1]


def test_the_new_tables_work_as_if_they_had_been_made_new(old: Path) -> None:
    store = Store(old)
    assert [waiting.record.id for waiting in store.queue()] == ["run-2"]
    run_id = store.enqueue(TINY, owner="ada")
    assert [waiting.record.id for waiting in store.queue()] == ["run-2", run_id]
    store.pause("run-2")
    assert store.run("run-2").status == "paused"
    store.close_queue(True)
    with store.database.reading() as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert connection.execute("SELECT max(seq) FROM runs").fetchone()[0] == 8, "no number is used twice"
        connection.execute("DELETE FROM runs WHERE id = 'run-5'")
        assert connection.execute("SELECT count(*) FROM metrics WHERE run = 5").fetchone()[0] == 0
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute("UPDATE runs SET status = 'dreaming'")


def test_old_and_new_file_have_the_same_tables(old: Path, tmp_path: Path) -> None:
    def tables(root: Path) -> dict[str, str]:
        with Store(root).database.reading() as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        return {name: sql.replace('"', "") for name, sql in rows}

    assert tables(old) == tables(tmp_path / "new")


def test_servers_that_open_an_old_store_at_once_all_succeed(old: Path) -> None:
    problems = all_at_once(lambda: Store(old).enqueue(TINY), 6)
    assert problems == []
    assert len(Store(old).runs()) == 12


def test_a_migration_that_fails_leaves_the_old_store_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {0: "", 1: "DROP TABLE epochs; INSERT INTO nowhere VALUES (1)"}
    monkeypatch.setattr("jobs.store.schema._STEPS", broken)
    with pytest.raises(ValueError, match="nowhere"):
        Store(old)
    monkeypatch.undo()
    store = Store(old)
    assert len(store.runs()) == 6
    assert len(store.epochs("run-3")) == 1
