"""The store: queue, claims, records, and what it says when something is wrong."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace

import pytest

from jobs.paths import REPOSITORY, worker_lock
from jobs.store.store import Store
from tests.support.runs import TINY


def waiting(store: Store) -> list[str]:
    return [place.record.id for place in store.queue()]


def test_a_run_is_stored_as_it_was_given(store: Store) -> None:
    config = replace(TINY, learning_rate=1e-3, keep_epochs=(0, 1))
    run_id = store.enqueue(config, "first try")
    record = Store(store.root).run(run_id)
    assert (record.config, record.name, record.status) == (config, "first try", "queued")
    assert record.folder == store.root / run_id
    assert run_id.startswith("sprites-")


def test_runs_wait_in_order_and_are_listed_newest_first(store: Store) -> None:
    ids = [store.enqueue(TINY, name) for name in "abc"]
    assert [record.id for record in store.runs()] == ids[::-1]
    assert waiting(store) == ids
    claimed = store.claim()
    assert claimed is not None
    assert (claimed.id, claimed.status, claimed.attempts) == (ids[0], "running", 1)
    assert waiting(store) == ids[1:]
    assert store.claim() is None, "one run at a time"
    assert store.claim(max_running=2).id == ids[1]


def test_a_resumed_run_goes_to_the_end_of_the_queue(store: Store) -> None:
    first, second = store.enqueue(TINY), store.enqueue(TINY)
    store.request_stop(first)
    assert store.run(first).status == "stopped"
    store.resume(first)
    assert waiting(store) == [second, first]
    with pytest.raises(ValueError, match="is queued; only a paused, stopped or failed run"):
        store.resume(second)


def test_a_clock_that_jumps_back_does_not_change_the_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store.enqueue(TINY)
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    second = store.enqueue(TINY)
    assert waiting(store) == [first, second]
    assert [record.id for record in store.runs()] == [second, first]
    assert store.claim().id == first


def test_stop_of_a_running_run_is_a_request(store: Store) -> None:
    run_id = store.enqueue(TINY)
    store.claim()
    store.request_stop(run_id)
    assert store.run(run_id).status == "stopping"
    store.request_stop(run_id)
    assert store.run(run_id).status == "stopping"


def test_hundred_runs_claimed_by_four_processes_and_four_threads_are_each_claimed_once(store: Store) -> None:
    ids = [store.enqueue(TINY) for _ in range(100)]
    script = (
        "from jobs.store.store import Store\nstore = Store()\n"
        "while (record := store.claim(max_running=1000)) is not None: print(record.id)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    claimed: list[str] = []

    def claim() -> None:
        own = Store(store.root)
        while (record := own.claim(max_running=1000)) is not None:
            claimed.append(record.id)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        claimed += process.communicate(timeout=60)[0].split()
        assert process.returncode == 0
    assert Counter(claimed) == Counter(ids)


def test_a_deleted_run_is_gone_at_once_and_comes_back_as_it_was(store: Store) -> None:
    first, second = store.enqueue(TINY, "one"), store.enqueue(TINY)
    before = store.run(first)
    store.delete(first)
    assert [record.id for record in store.runs()] == [second]
    assert waiting(store) == [second]
    with pytest.raises(ValueError, match="no such run"):
        store.run(first)
    store.undo(first)
    assert store.run(first) == before
    assert waiting(store) == [first, second]


def test_a_deleted_run_is_not_claimed(store: Store) -> None:
    store.delete(store.enqueue(TINY))
    assert store.claim() is None


def test_a_running_run_is_not_deleted(store: Store) -> None:
    run_id = store.enqueue(TINY)
    for change in (store.claim, lambda: store.pause(run_id), lambda: store.request_stop(run_id)):
        change()
        with pytest.raises(ValueError, match=r"is running\. Stop it"):
            store.delete(run_id)
    assert store.run(run_id).status == "stopping"


@pytest.mark.parametrize(("seconds", "gone"), [(0, False), (3599, False), (3601, True), (-10, False), (-90_000, False)])
def test_what_was_deleted_is_purged_after_an_hour(
    store: Store, monkeypatch: pytest.MonkeyPatch, seconds: float, gone: bool
) -> None:
    """Where the clock was set back in the meantime, the hour begins anew."""
    run_id, other = store.enqueue(TINY), store.enqueue(TINY)
    folder = store.run(run_id).folder
    folder.mkdir()
    (folder / "config.json").touch()
    store.delete(run_id)
    now = time.time()
    monkeypatch.setattr("jobs.store.store.time.time", lambda: now + seconds)
    store.purge()
    assert folder.exists() != gone
    if gone:
        with pytest.raises(ValueError, match="too long ago"):
            store.undo(run_id)
    else:
        store.undo(run_id)
    assert store.run(other).status == "queued"


def test_purge_leaves_a_run_whose_worker_has_not_quite_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = store.enqueue(TINY)
    folder = store.run(run_id).folder
    folder.mkdir()
    store.delete(run_id)
    monkeypatch.setattr("jobs.store.store.UNDO_SECONDS", -1)
    with worker_lock(folder):
        store.purge()
        assert folder.exists()
    store.purge()
    assert not folder.exists()


@pytest.mark.parametrize(
    "method", ["run", "request_stop", "pause", "resume", "move_to_front", "delete", "metrics", "epochs"]
)
def test_an_unknown_run_is_a_value_error_that_names_it(store: Store, method: str) -> None:
    with pytest.raises(ValueError, match=r"'\.\./nowhere'.*Choose one"):
        getattr(store, method)("../nowhere")


def test_transitions_of_an_outdated_record_do_nothing(store: Store) -> None:
    store.enqueue(TINY)
    seen = store.claim()
    assert store.restart(seen, "died")
    assert not store.restart(seen, "died"), "another supervisor has restarted it already"
    assert not store.give_up(seen, "failed", "died")
    record = store.run(seen.id)
    assert (record.attempts, record.status, record.error) == (2, "running", "died")


def test_a_run_with_a_config_of_another_version_is_left_out_and_named(store: Store) -> None:
    good, bad = store.enqueue(TINY), store.enqueue(TINY)
    with sqlite3.connect(store.root / "lab.db") as connection:
        connection.execute("UPDATE runs SET config = ? WHERE id = ?", (json.dumps({"colour": 1}), bad))
    assert [record.id for record in store.runs()] == [good]
    with pytest.raises(ValueError, match=f"{bad}.*colour"):
        store.run(bad)


def test_a_queued_run_with_a_config_of_another_version_keeps_nobody_waiting(store: Store) -> None:
    bad, good = store.enqueue(TINY), store.enqueue(TINY)
    with store.database.writing() as connection:
        connection.execute("UPDATE runs SET config = ? WHERE id = ?", (json.dumps({"colour": 1}), bad))
    assert store.claim() is None
    assert store.claim().id == good
    assert store.active() == [store.run(good)]
