"""What a run gets of the machine: threads that pay, and batches that fit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ddpm_core import hardware
from ddpm_core.config import TrainConfig, UNetConfig
from ddpm_core.hardware import check_batch_fits, fastest_threads, pick_memory_format

REPOSITORY = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("cores", "seconds", "wanted"),
    [
        (1, {1: 4.0}, 1),
        (2, {1: 4.0, 2: 2.2}, 2),
        (2, {1: 4.0, 2: 3.9}, 1),  # too little gained to take a core for
        (2, {1: 4.0, 2: 400.0}, 1),
        (6, {1: 4.0, 2: 2.2, 4: 1.5, 6: 1.2}, 6),
        (16, {1: 4.0, 2: 2.2, 4: 2.3}, 2),  # 8 and 16 are not even tried
    ],
)
def test_threads_are_doubled_while_it_pays(
    monkeypatch: pytest.MonkeyPatch, cores: int, seconds: dict[int, float], wanted: int
) -> None:
    now = 0.0

    def work() -> None:
        nonlocal now
        now += seconds[torch.get_num_threads()]

    monkeypatch.setattr(hardware, "num_cores", lambda: cores)
    monkeypatch.setattr(hardware.time, "perf_counter", lambda: now)
    assert fastest_threads(work) == wanted


@pytest.mark.parametrize(
    ("base", "groups", "bfloat16", "device", "wanted"),
    [
        (32, 2, True, "cpu", torch.channels_last),
        (32, 8, True, "cpu", torch.contiguous_format),  # groups of 4 channels: a third of a step for norms
        (38, 2, True, "cpu", torch.channels_last),
        (32, 8, False, "cpu", torch.channels_last),
        (32, 8, True, "cuda", torch.channels_last),
    ],
)
def test_the_layout_suits_the_norms(
    base: int, groups: int, bfloat16: bool, device: str, wanted: torch.memory_format
) -> None:
    config = TrainConfig(unet=UNetConfig(base_channels=base, num_groups=groups))
    assert pick_memory_format(config, bfloat16, torch.device(device)) == wanted


PAGES = """
import resource, sys, torch
from ddpm_core.hardware import keep_freed_memory
torch.set_num_threads(1)
if sys.argv[1] == "kept":
    keep_freed_memory()
x = torch.ones(2**18)
for n in range(60):
    if n == 10:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    y = x + n
    del y
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a setting of glibc")
def test_freed_memory_is_used_again_instead_of_being_handed_back() -> None:
    def faults(how: str) -> int:
        command = [sys.executable, "-c", PAGES, how]
        # Without a fixed threshold glibc adapts its own, and what it hands back is chance.
        environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": str(128 * 1024)}
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, env=environment)
        return int(done.stdout)

    assert faults("plain") > 10_000  # 256 pages, 50 times
    assert faults("kept") < 1_000


class Memory:
    """A device that has room for so many pictures."""

    def __init__(self, room: int) -> None:
        self.room, self.tried = room, []

    def __call__(self, batch_size: int) -> None:
        self.tried.append(batch_size)
        if batch_size > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")


def test_a_batch_that_fits_is_tried_once() -> None:
    memory = Memory(64)
    check_batch_fits(memory, 64, CPU)
    assert memory.tried == [64]


@pytest.mark.parametrize("room", [1, 2, 3, 37, 100, 1023])
def test_a_batch_that_does_not_fit_names_the_largest_that_does(room: int) -> None:
    memory = Memory(room)
    with pytest.raises(
        ValueError, match=r"batch_size is 1024, but .* memory for (\d+) pictures.* Set it to \1"
    ) as error:
        check_batch_fits(memory, 1024, CPU)
    named = int(str(error.value).rstrip(".").rpartition(" ")[2])
    assert room - max(1, room // 16) < named <= room
    assert len(memory.tried) < 14


def test_no_room_for_one_picture_is_said_so() -> None:
    with pytest.raises(ValueError, match="no memory for even one picture"):
        check_batch_fits(Memory(0), 16, CPU)


def test_another_error_is_not_taken_for_a_lack_of_memory() -> None:
    def fails(_: int) -> None:
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        check_batch_fits(fails, 16, CPU)
