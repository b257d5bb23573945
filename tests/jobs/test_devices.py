"""Which GPU a run gets: one each while there are enough, none taken twice, all given back."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest

from jobs import devices
from jobs.devices import runs_at_once
from jobs.paths import REPOSITORY

TAKE = """
import os, sys
from pathlib import Path
from jobs.devices import take_gpu
lock = take_gpu(Path(sys.argv[1]), float(sys.argv[2]))
print(os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
sys.stdin.read()
"""
TWO = "GPU-11aa,GPU-22bb"


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("DDPM_MAX_RUNNING", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    devices.gpus.cache_clear()
    yield
    devices.gpus.cache_clear()


class Worker:
    """A process that has taken a GPU and lives until it is ended."""

    def __init__(self, root: Path, visible: str, patience: float = 0.0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE, str(root), str(patience)],
            cwd=REPOSITORY,
            env=os.environ | {"CUDA_VISIBLE_DEVICES": visible},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @cached_property
    def sees(self) -> str:
        """Which GPU it has got, as soon as it has one."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def test_each_run_gets_a_gpu_of_its_own_and_a_killed_one_gives_it_back(tmp_path: Path) -> None:
    first = Worker(tmp_path, TWO)
    assert first.sees == "GPU-11aa"
    second = Worker(tmp_path, TWO)
    assert second.sees == "GPU-22bb"
    third = Worker(tmp_path, TWO)
    assert third.sees == TWO, "there are more runs than GPUs: it shares"
    first.kill()
    fourth = Worker(tmp_path, TWO)
    assert fourth.sees == "GPU-11aa"
    for worker in (second, third, fourth):
        worker.kill()


def test_a_run_waits_for_the_gpu_of_one_that_is_about_to_leave(tmp_path: Path) -> None:
    first = Worker(tmp_path, "GPU-11aa")
    assert first.sees == "GPU-11aa"
    second = Worker(tmp_path, "GPU-11aa", patience=60.0)
    time.sleep(1.0)
    assert second.process.poll() is None
    first.kill()
    assert second.sees == "GPU-11aa"
    third = Worker(tmp_path, "GPU-11aa,GPU-22bb")
    assert third.sees == "GPU-22bb", "the second holds the first one's"
    for worker in (second, third):
        worker.kill()


@pytest.mark.parametrize(
    ("visible", "names"),
    [("0,1", ("0", "1")), (" GPU-11aa , GPU-22bb ", ("GPU-11aa", "GPU-22bb")), ("", ()), ("-1", ())],
)
def test_the_administrators_choice_counts(monkeypatch: pytest.MonkeyPatch, visible: str, names: tuple[str]) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert devices.gpus() == names
    assert runs_at_once() == max(1, len(names))


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for nvidia-smi")
@pytest.mark.parametrize(
    ("script", "names"),
    [("echo GPU-11aa; echo GPU-22bb", ("GPU-11aa", "GPU-22bb")), ("echo 'No devices were found'; exit 6", ())],
)
def test_nvidia_smi_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, names: tuple[str, ...]
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert devices.gpus() == names
    monkeypatch.setenv("DDPM_MAX_RUNNING", "1")
    assert runs_at_once() == 1, "what was set counts more than what is there"


def test_a_machine_without_a_gpu_takes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert devices.gpus() == ()
    assert devices.take_gpu(tmp_path) is None
    assert runs_at_once() == 1
    assert "CUDA_VISIBLE_DEVICES" not in os.environ
