"""A runs folder that cannot be written to, or not yet, and a store that somebody else holds: said, and survived."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs.lifespan import background_jobs
from jobs.paths import worker_lock
from jobs.store.store import Store
from jobs.training.supervisor import Supervisor
from tests.support.processes import WaitFor, kill_workers, small_disk
from tests.support.runs import ENDLESS, TINY


@pytest.fixture
def make_read_only(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """make_read_only() does it to the runs folder, for whoever runs the tests, root included."""
    folder = tmp_path / "runs"
    small_disk(folder)
    yield lambda: subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True) and None
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_new_store_in_a_read_only_folder_names_the_variable_to_set(
    make_read_only: Callable[[], None], runs_dir: Path
) -> None:
    make_read_only()
    with pytest.raises(OSError, match=r"DDPM_RUNS_DIR.*lab\.db"):
        Store(runs_dir)


def test_a_store_that_becomes_read_only_says_so(make_read_only: Callable[[], None], runs_dir: Path) -> None:
    store = Store(runs_dir)
    run_id = store.enqueue(TINY)
    store.database.close()
    make_read_only()
    for change in (lambda: store.enqueue(TINY), lambda: store.pause(run_id), lambda: store.delete(run_id)):
        with pytest.raises(OSError, match="DDPM_RUNS_DIR to a folder on a disk that you may write to"):
            change()


def test_the_queue_waits_for_a_folder_it_may_use(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch, wait_for: WaitFor, caplog: pytest.LogCaptureFixture
) -> None:
    launched: list[str] = []
    monkeypatch.setattr("jobs.training.supervisor.launch", lambda record: launched.append(record.id))
    monkeypatch.setattr("jobs.training.supervisor.POLL_SECONDS", 0.05)
    runs_dir.write_text("in the way")
    with caplog.at_level(logging.WARNING), background_jobs():
        wait_for(lambda: "DDPM_RUNS_DIR" in caplog.text)
        time.sleep(0.3)
        runs_dir.unlink()
        run_id = Store(runs_dir).enqueue(TINY)
        wait_for(lambda: launched == [run_id])
    assert caplog.text.count("The queue stands still") == 1, "said once, not once a round"


LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locker(store: Store) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the database to itself, until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOCK, str(store.root / "lab.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.wait(10)


@pytest.mark.soak
def test_training_goes_on_while_another_process_has_the_store(
    store: Store, supervise: Callable[[], Supervisor], wait_for: WaitFor
) -> None:
    run_id = store.enqueue(ENDLESS)
    supervise()
    wait_for(lambda: store.run(run_id).step > 0)
    before = store.run(run_id)
    connection = sqlite3.connect(store.root / "lab.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    metrics = before.folder / "metrics.csv"
    lines = metrics.read_text().count("\n")
    wait_for(lambda: metrics.read_text().count("\n") > lines + 20)
    assert store.run(run_id).step == before.step, "read as it was"
    connection.execute("COMMIT")
    connection.close()
    wait_for(lambda: store.run(run_id).step > before.step + 20)
    assert (store.run(run_id).attempts, store.run(run_id).status) == (1, "running")
    store.pause(run_id)
    wait_for(lambda: store.run(run_id).status == "paused")
    steps = store.metrics(run_id, max_points=10**6).step.tolist()
    assert steps == list(range(1, len(steps) + 1)), "no gap, no step twice"


def test_a_change_to_a_store_that_another_process_holds_is_refused_and_works_afterwards(
    store: Store, locker: subprocess.Popen[str]
) -> None:
    run_id = store.enqueue(TINY)
    impatient = Store(store.root, timeout=0.2)
    assert locker.stdout is not None
    assert locker.stdout.readline() == "locked\n"
    for change in (impatient.pause, impatient.move_to_front, impatient.request_stop, impatient.delete):
        with pytest.raises(TimeoutError, match="locked by another program"):
            change(run_id)
    locker.kill()
    locker.wait(10)
    impatient.pause(run_id)
    assert store.run(run_id).status == "paused"


def test_a_worker_that_starts_late_keeps_its_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its server was killed; the next one lost patience and started another, which found the lock taken and went."""
    run_id = store.enqueue(TINY)
    store.claim()
    folder = store.run(run_id).folder
    folder.mkdir()
    launched: list[int] = []

    def launch(record: object) -> subprocess.Popen[bytes]:
        launched.append(1)
        child = subprocess.Popen([sys.executable, "-c", "pass"])
        child.wait(20)
        return child

    monkeypatch.setattr("jobs.training.supervisor.launch", launch)
    monkeypatch.setattr("jobs.training.supervisor.START_SECONDS", -1)
    supervisor = Supervisor(store)
    supervisor.poll()
    assert launched == [1]
    with worker_lock(folder):
        for _ in range(3):
            supervisor.poll()
        assert store.run(run_id).status == "running"
    supervisor.poll()
    assert store.run(run_id).status == "failed", "now nobody has it, for the second time"
    assert launched == [1]
    kill_workers(store.root)
