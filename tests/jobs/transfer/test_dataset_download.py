"""Downloads on a thread of the server: how far they are, how they end, and that one is enough."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ddpm_core.data.idx_sets import IDX_SETS
from jobs.transfer import dataset_download


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where MNIST would lie."""
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path))
    return tmp_path / "mnist"


def wait(task: dataset_download.Download) -> None:
    for thread in threading.enumerate():
        if thread.name == f"download {task.name}":
            thread.join(timeout=30)


def test_progress_is_what_has_arrived(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def fetch(name: str) -> Path:
        (folder / "fetch-1").mkdir(parents=True)
        (folder / "fetch-1" / "half").write_bytes(bytes(dataset_download.BYTES[name] // 2))
        arrived.set()
        go_on.wait(30)
        for file in IDX_SETS[name].md5:
            (folder / f"{file}.gz").touch()
        return folder

    monkeypatch.setattr(dataset_download, "fetch", fetch)
    assert not dataset_download.is_here("mnist")
    assert dataset_download.current("mnist") is None
    task = dataset_download.start("mnist")
    assert arrived.wait(30)
    assert (task.state, task.error) == ("running", "")
    assert task.progress == pytest.approx(0.5, abs=1e-6)
    assert dataset_download.start("mnist") is task  # nobody starts a second one meanwhile
    go_on.set()
    wait(task)
    assert task.state == "done"
    assert dataset_download.is_here("mnist")


def test_a_failed_download_says_why_and_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(name: str) -> Path:
        raise OSError("no mirror answers; copy the files")

    monkeypatch.setattr(dataset_download, "fetch", fetch)
    task = dataset_download.start("mnist")
    wait(task)
    assert (task.state, task.error) == ("failed", "no mirror answers; copy the files")
    assert dataset_download.current("mnist") is task
    assert task.progress == 0
    again = dataset_download.start("mnist")
    assert again is not task
    wait(again)
