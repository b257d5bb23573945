"""Runs from the queue to their end, whatever is killed on the way. Real training, real processes."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch

from ddpm_core.config import DataConfig, UNetConfig
from ddpm_core.runs.folder import RunFolder
from jobs.paths import RESERVE, is_locked
from jobs.store.records import RunRecord
from jobs.store.store import Store
from jobs.training.launch import launch
from jobs.training.supervisor import Supervisor
from tests.support.processes import SupervisorProcess, WaitFor, workers
from tests.support.runs import ENDLESS, TINY

Supervise = Callable[[], Supervisor]


def all_steps(store: Store, run_id: str) -> list[int]:
    return store.metrics(run_id, max_points=10**6).step.tolist()


def resume_step(record: RunRecord) -> int:
    return int(torch.load(record.folder / "resume.pt", weights_only=True)["position"][2])


def test_runs_are_trained_one_after_another(store: Store, supervise: Supervise, wait_for: WaitFor) -> None:
    first, second = store.enqueue(TINY), store.enqueue(replace(TINY, seed=1))
    supervise()
    wait_for(lambda: store.run(first).step > 0)
    assert [place.record.id for place in store.queue()] == [second]
    wait_for(lambda: store.run(second).status == "finished")
    assert store.run(first).finished <= store.run(second).started

    record = store.run(first)
    assert (record.epoch, record.step, record.total_steps, record.attempts) == (2, 6, 6, 1)
    assert (record.status, record.error, record.device) == ("finished", "", record.device or "CPU")
    assert record.pictures_per_second > 0
    assert all_steps(store, first) == [1, 2, 3, 4, 5, 6]
    assert [(end.epoch, end.step) for end in store.epochs(first)] == [(0, 0), (1, 3), (2, 6)]
    assert RunFolder(record.folder).epochs == (0, 1, 2)
    assert len((record.folder / "metrics.csv").read_text().splitlines()) == 7
    wait_for(lambda: not is_locked(record.folder), 5)
    left = {path.name for path in record.folder.iterdir() if path.name.startswith(".") or ".part" in path.name}
    assert left == set()


def test_stop_takes_less_than_two_seconds_and_keeps_the_last_epoch(
    store: Store, supervise: Supervise, wait_for: WaitFor
) -> None:
    run_id = store.enqueue(ENDLESS)
    supervise()
    wait_for(lambda: store.run(run_id).epoch >= 2)
    seconds = stop(store, run_id, wait_for)
    record = store.run(run_id)
    assert seconds < 2
    assert RunFolder(record.folder).epochs[-1] == record.epoch >= 2
    assert resume_step(record) == record.step == all_steps(store, run_id)[-1]

    # Resumed, it goes on where it was; and a stop while torch is still loading is as quick.
    store.resume(run_id)
    wait_for(lambda: store.run(run_id).pid is not None)
    assert stop(store, run_id, wait_for) < 2
    assert store.run(run_id).step == record.step


def stop(store: Store, run_id: str, wait_for: WaitFor) -> float:
    started = time.time()
    store.request_stop(run_id)
    wait_for(lambda: store.run(run_id).status == "stopped")
    return float(store.run(run_id).finished - started)


def test_stop_does_not_wait_for_a_step_that_takes_long(store: Store, supervise: Supervise, wait_for: WaitFor) -> None:
    big = replace(ENDLESS.data, num_pictures=1_500)
    run_id = store.enqueue(replace(ENDLESS, data=big, batch_size=1_500, unet=UNetConfig(base_channels=32)))
    supervise()
    wait_for(lambda: store.epochs(run_id), 60)
    assert stop(store, run_id, wait_for) < 2
    record = store.run(run_id)
    assert RunFolder(record.folder).epochs == (0,)
    wait_for(lambda: not is_locked(record.folder), 5)
    assert not (record.folder / RESERVE).exists()


def test_a_killed_worker_is_resumed_once_and_then_the_run_has_failed(
    store: Store, supervise: Supervise, wait_for: WaitFor
) -> None:
    run_id = store.enqueue(ENDLESS)
    supervise()
    wait_for(lambda: store.run(run_id).epoch >= 2)
    psutil.Process(store.run(run_id).pid).kill()
    assert wait_for(lambda: store.run(run_id).attempts == 2) < 5
    before = store.run(run_id)
    assert before.status == "running"
    assert "(signal 9); it goes on from its last checkpoint" in before.error
    saved = resume_step(before)
    assert saved >= 6

    wait_for(lambda: store.run(run_id).step > before.step)
    steps = all_steps(store, run_id)
    assert steps == list(range(1, len(steps) + 1)), "no gap, no duplicate"
    record = store.run(run_id)
    assert record.error == before.error

    psutil.Process(record.pid).kill()
    assert wait_for(lambda: store.run(run_id).status == "failed") < 5
    record = store.run(run_id)
    assert "ended from outside (signal 9) for the second time" in record.error
    assert "\n" not in record.error
    assert record.log_tail().count("attempt") == 2
    assert RunFolder(record.folder).header(RunFolder(record.folder).epochs[-1]).step > 0


def test_a_worker_outlives_its_killed_server_and_the_next_one_adopts_it(
    store: Store, supervise: Supervise, wait_for: WaitFor, server: SupervisorProcess
) -> None:
    run_id = store.enqueue(ENDLESS)
    wait_for(lambda: store.run(run_id).step > 0)
    server.kill()
    alone = store.run(run_id)
    wait_for(lambda: store.run(run_id).step > alone.step + 3)

    adopter = supervise()
    time.sleep(2.5)
    adopted = store.run(run_id)
    assert (adopted.pid, adopted.attempts, adopted.status) == (alone.pid, 1, "running")

    # A clean end of a server changes nothing either; nor does the worker being nobody's child when it is killed.
    adopter.stop()
    assert psutil.pid_exists(alone.pid)
    psutil.Process(alone.pid).kill()
    supervise()
    assert wait_for(lambda: store.run(run_id).attempts == 2) < 5
    assert "ended from outside while no server watched it" in store.run(run_id).error
    wait_for(lambda: store.run(run_id).pid is not None)
    assert stop(store, run_id, wait_for) < 2


def test_two_supervisors_start_one_worker(store: Store, wait_for: WaitFor) -> None:
    supervisors = [Supervisor(Store(store.root)) for _ in range(4)]
    run_id = store.enqueue(ENDLESS)

    def poll_all() -> None:
        threads = [threading.Thread(target=supervisor.poll) for supervisor in supervisors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    poll_all()
    wait_for(lambda: poll_all() or store.run(run_id).pid is not None)
    assert [worker.pid for worker in workers(store.root)] == [store.run(run_id).pid]
    poll_all()
    assert store.run(run_id).attempts == 1

    # A second worker, started by hand, sees the lock and leaves the run alone.
    second = launch(store.run(run_id))
    assert second.wait(20) == 0
    assert "another worker has it" in store.run(run_id).log_tail()

    psutil.Process(store.run(run_id).pid).send_signal(signal.SIGTERM)
    wait_for(lambda: poll_all() or store.run(run_id).attempts == 2, 5)
    wait_for(lambda: poll_all() or store.run(run_id).pid is not None)
    assert len(workers(store.root)) == 1
    store.request_stop(run_id)
    wait_for(lambda: store.run(run_id).status == "stopped", 3)


def test_a_run_that_a_server_claimed_and_never_started_is_started(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[int] = []
    monkeypatch.setattr("jobs.training.supervisor.launch", lambda record: launched.append(record.attempts))
    monkeypatch.setattr("jobs.training.supervisor.START_SECONDS", 0.2)
    store.enqueue(TINY)
    store.claim()  # and then the server was killed
    supervisor = Supervisor(store)
    supervisor.poll()
    assert launched == [], "another server may be starting it this very moment"
    time.sleep(0.3)
    supervisor.poll()
    assert launched == [2]


def test_a_run_that_was_to_stop_when_its_worker_died_has_stopped(store: Store) -> None:
    run_id = store.enqueue(TINY)
    store.claim()
    with store.database.writing() as connection:
        connection.execute("UPDATE runs SET pid = 1")
    store.request_stop(run_id)
    Supervisor(store).poll()
    assert store.run(run_id).status == "stopped"


def test_a_run_that_cannot_be_trained_says_why(
    store: Store, supervise: Supervise, wait_for: WaitFor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path / "no-data"))
    run_id = store.enqueue(replace(TINY, data=DataConfig(name="mnist", num_pictures=48, num_validation=8)))
    supervise()
    wait_for(lambda: store.run(run_id).status == "failed")
    record = store.run(run_id)
    assert "mnist" in record.error
    assert record.attempts == 1, "trying again would not help"
    assert "Traceback" in record.log_tail(200)
    assert "Traceback" not in record.error
    assert all_steps(store, run_id) == []


def test_a_run_whose_folder_cannot_be_made_says_why(store: Store) -> None:
    run_id = store.enqueue(TINY)
    store.run(run_id).folder.write_text("in the way")
    Supervisor(store).poll()
    record = store.run(run_id)
    assert record.status == "failed"
    assert run_id in record.error
