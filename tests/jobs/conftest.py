"""A store of its own for each test, runs small enough to train in seconds, and no process left behind."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ddpm_core.config import DataConfig, ScheduleConfig, TrainConfig, UNetConfig
from ddpm_core.training.trainer import train
from jobs.pool import pool
from jobs.store.store import Store
from jobs.training.supervisor import Supervisor

TINY = TrainConfig(
    data=DataConfig(num_pictures=48, num_validation=8),
    unet=UNetConfig(base_channels=8, channel_mults=(1, 2)),
    schedule=ScheduleConfig(num_timesteps=50),
    num_epochs=2,
    batch_size=16,
    num_threads=1,
)
ENDLESS = replace(TINY, num_epochs=9_000, keep_epochs=(0,))
WaitFor = Callable[..., float]


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


def pool_processes() -> set[psutil.Process]:
    """The processes of the pool that live now."""
    children = psutil.Process().children(recursive=True)
    return {child for child in children if "popen_loky" in " ".join(child.cmdline())}


def small_disk(folder: Path) -> None:
    """Make `folder` a disk of 8 MB; skips the test where nobody may mount one."""
    folder.mkdir()
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk here")


def all_at_once(do: Callable[[], object], num: int) -> list[Exception]:
    """Do it in `num` threads that begin together; returns what went wrong."""
    problems: list[Exception] = []
    barrier = threading.Barrier(num)

    def one() -> None:
        barrier.wait()
        try:
            do()
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=one) for _ in range(num)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems


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


def workers(root: Path) -> list[psutil.Process]:
    """The worker processes of the runs under `root`."""
    ids = {folder.name for folder in root.iterdir()}
    found = []
    for process in psutil.process_iter(["cmdline"]):
        arguments = process.info["cmdline"] or []
        if "jobs.training.worker" in arguments and arguments[-1] in ids and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def kill_workers(root: Path) -> None:
    for process in workers(root):
        process.kill()
        process.wait(10)
