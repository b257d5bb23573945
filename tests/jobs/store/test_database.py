"""The store's file: shared, locked, damaged, foreign, gone."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from jobs.store.store import Store
from tests.support.processes import all_at_once
from tests.support.runs import TINY


def test_pages_read_while_a_worker_writes(store: Store) -> None:
    store.enqueue(TINY)
    with Store(store.root).database.writing() as connection:
        connection.execute("UPDATE runs SET step = 1")
        assert store.runs()[0].step == 0


def test_a_locked_store_says_so(store: Store) -> None:
    impatient = Store(store.root, timeout=0.1)
    with store.database.writing(), pytest.raises(TimeoutError, match=r"locked by another program.*lab\.db"):
        impatient.enqueue(TINY)
    assert impatient.enqueue(TINY) == store.runs()[0].id


def test_what_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "lab.db"
    file.write_bytes(b"these are my notes" * 100)
    with pytest.raises(ValueError, match=r"lab\.db is damaged or no database.*Move it away"):
        Store(tmp_path)
    assert file.read_bytes() == b"these are my notes" * 100


def test_a_database_damaged_while_open_is_named(store: Store) -> None:
    for _ in range(50):
        store.enqueue(TINY)
    store.database.close()
    file = store.root / "lab.db"
    data = bytearray(file.read_bytes())
    data[4096:] = b"\x55" * (len(data) - 4096)
    file.write_bytes(data)
    with pytest.raises(ValueError, match=r"lab\.db is damaged"):
        store.runs()


def test_a_foreign_database_is_named(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "lab.db") as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(ValueError, match=r"lab\.db does not hold what it should"):
        Store(tmp_path).runs()


@pytest.mark.parametrize("version", [1, 99])
def test_another_schema_is_refused_and_left_alone(store: Store, version: int) -> None:
    run_id = store.enqueue(TINY)
    with sqlite3.connect(store.root / "lab.db") as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(ValueError, match=f"schema version {version}; this program knows 2"):
        Store(store.root)
    with sqlite3.connect(store.root / "lab.db") as connection:
        assert connection.execute("SELECT id FROM runs").fetchall() == [(run_id,)]


def test_a_database_removed_while_open_is_made_again(store: Store) -> None:
    store.enqueue(TINY)
    shutil.rmtree(store.root)
    store.root.mkdir()
    assert store.runs() == []
    run_id = store.enqueue(TINY)
    assert [record.id for record in Store(store.root).runs()] == [run_id]


def test_a_folder_that_cannot_be_made_names_the_variable_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="DDPM_RUNS_DIR"):
        Store(tmp_path / "file" / "runs")


def test_on_a_network_disk_the_journal_is_no_wal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.store.database._on_network", lambda path: True)
    store = Store(tmp_path)
    store.enqueue(TINY)
    with store.database.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    monkeypatch.undo()
    local = Store(tmp_path / "local")
    with local.database.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_stores_that_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    errors = all_at_once(lambda: Store(tmp_path / "new").enqueue(TINY), 12)
    assert errors == []
    assert len(Store(tmp_path / "new").runs()) == 12
