"""A store of its own for each test, runs small enough to train in seconds, and no process left behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ddpm_core.training.trainer import train
from jobs.pool import pool
from jobs.store.store import Store
from jobs.training.supervisor import Supervisor
from tests.support.processes import WaitFor, kill_workers
from tests.support.runs import TINY


@pytest.fixture
def wait_for() -> WaitFor:
    """wait_for(condition, seconds) waits until it holds, and returns how long that took."""

    def wait(condition: Callable[[], object], seconds: float = 40.0) -> float:
        started = time.monotonic()
        while not condition():
            waited = time.monotonic() - started
            assert waited < seconds, f"still not so after {waited:.1f} s"
            time.sleep(0.02)
        return time.monotonic() - started

    return wait


@pytest.fixture(scope="module")
def run_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A trained run."""
    folder = tmp_path_factory.mktemp("trained") / "tiny"
    for _ in train(TINY, folder):
        pass
    return str(folder)


@pytest.fixture(scope="module")
def end_pool() -> Iterator[None]:
    """The processes of the pool end with the module's last test."""
    yield
    pool.shut_down()


@pytest.fixture
def store(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store in a folder of its own; workers that a test leaves are killed."""
    monkeypatch.setenv("DDPM_NICE", "0")  # Behind whatever else this machine does, a worker may not run for minutes.
    store = Store(runs_dir)
    yield store
    kill_workers(runs_dir)


@pytest.fixture
def supervise(store: Store) -> Iterator[Callable[[], Supervisor]]:
    """supervise() starts a supervisor on the store, as a server would."""
    started: list[Supervisor] = []

    def start() -> Supervisor:
        supervisor = Supervisor(Store(store.root))
        supervisor.start()
        started.append(supervisor)
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop()
