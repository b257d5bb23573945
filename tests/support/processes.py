"""Other processes and threads: waited for, found, killed, begun together; and a disk that is soon full."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from jobs.paths import REPOSITORY

WaitFor = Callable[..., float]
"""The fixture `wait_for`: wait_for(condition, seconds) waits until it holds, and returns how long that took."""


class SupervisorProcess:
    """A process with a supervisor on the store, as the app's server has one."""

    SCRIPT = (
        "import time; from jobs.store.store import Store; from jobs.training.supervisor import Supervisor\n"
        "Supervisor(Store()).start(); time.sleep(10_000)"
    )

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", self.SCRIPT], cwd=REPOSITORY)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


def workers(root: Path) -> list[psutil.Process]:
    """The worker processes of the runs under `root`."""
    ids = {folder.name for folder in root.iterdir()}
    found = []
    for process in psutil.process_iter(["cmdline"]):
        arguments = process.info["cmdline"] or []
        if "jobs.training.worker" in arguments and arguments[-1] in ids and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def pool_processes() -> set[psutil.Process]:
    """The processes of the pool that live now."""
    children = psutil.Process().children(recursive=True)
    return {child for child in children if "popen_loky" in " ".join(child.cmdline())}


def kill_workers(root: Path) -> None:
    for process in workers(root):
        process.kill()
        process.wait(10)


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


def small_disk(folder: Path) -> None:
    """Make `folder` a disk of 8 MB; skips the test where nobody may mount one."""
    folder.mkdir()
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk here")
