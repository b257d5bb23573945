"""A full disk ends a run with its reason, and costs nothing that was whole before. Needs the right to mount."""

from __future__ import annotations

import sqlite3
import subprocess
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from ddpm_core.config import TrainConfig
from ddpm_core.runs.folder import RunFolder
from jobs.store.store import Store
from jobs.training.supervisor import Supervisor
from tests.support.processes import WaitFor, kill_workers, small_disk
from tests.support.runs import ENDLESS


@pytest.fixture
def runs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of 8 MB."""
    folder = tmp_path / "small"
    small_disk(folder)
    monkeypatch.setenv("DDPM_RUNS_DIR", str(folder))
    yield folder
    kill_workers(folder)
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return filler


def test_a_full_disk_fails_the_run_with_the_reason_and_loses_nothing(
    store: Store, supervise: Callable[[], Supervisor], wait_for: WaitFor, runs_dir: Path
) -> None:
    run_id = store.enqueue(ENDLESS)
    supervise()
    wait_for(lambda: store.run(run_id).epoch >= 2)
    filler = fill(runs_dir)
    wait_for(lambda: store.run(run_id).status == "failed", 20)
    record = store.run(run_id)
    assert "is full. Free some space, then resume" in record.error
    assert str(runs_dir) in record.error
    assert record.attempts == 1

    run = RunFolder(record.folder)
    assert run.header(run.epochs[-1]).step >= 6
    saved = int(torch.load(run.resume, weights_only=True)["position"][2])
    assert saved >= 6
    assert list(record.folder.rglob(".*.part")) == []
    with sqlite3.connect(runs_dir / "lab.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"

    filler.unlink()
    store.resume(run_id)
    wait_for(lambda: store.run(run_id).step > record.step)
    steps = store.metrics(run_id, 10**6).step.tolist()
    assert steps == list(range(1, len(steps) + 1))
    store.request_stop(run_id)
    wait_for(lambda: store.run(run_id).status == "stopped", 3)


def test_a_store_on_a_full_disk_says_so(store: Store, runs_dir: Path) -> None:
    store.enqueue(ENDLESS, "kept")
    fill(runs_dir)
    with pytest.raises(OSError, match=r"is full\. Free some space"):
        deque(store.enqueue(TrainConfig()) for _ in range(2000))
    assert store.runs()[-1].name == "kept"
