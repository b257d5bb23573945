"""Which device, precision and number of threads a run gets, and whether its batches fit."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable

import torch

from ddpm_core.config import TrainConfig
from ddpm_core.errors import Message

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def pick_device(config: TrainConfig) -> torch.device:
    """The GPU if there is one, else the CPU. Raises ValueError for a GPU that was asked for and is not there."""
    there = torch.cuda.is_available()
    if config.device == "cuda" and not there:
        raise ValueError(Message("training.no_gpu"))
    return torch.device("cuda" if there and config.device != "cpu" else "cpu")


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


def device_bytes(device: torch.device) -> int:
    """Memory that this process holds on a GPU; 0 for a CPU."""
    return torch.cuda.memory_reserved(device) if device.type == "cuda" else 0


def pick_bfloat16(config: TrainConfig, device: torch.device) -> bool:
    """Whether to compute in bfloat16: where the hardware multiplies it, elsewhere it would be slower than float32."""
    if config.precision != "auto":
        return config.precision == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported())


def pick_memory_format(config: TrainConfig, bfloat16: bool, device: torch.device) -> torch.memory_format:
    """channels_last, as GPUs and oneDNN's convolutions like it, unless a CPU's bfloat16 group norms do not.

    In groups of fewer than 16 channels torch's take 8 to 20 times as long in channels_last: a third of a step.
    """
    narrow = config.unet.base_channels // config.unet.num_groups < 16
    return torch.contiguous_format if bfloat16 and device.type == "cpu" and narrow else torch.channels_last


def keep_freed_memory() -> None:
    """Let the C library keep what a step frees for the next one; a sixth to a fifth of a step on a CPU.

    By default it hands every tensor above 128 kB back to Linux, which fills each of its pages with zeros again. The
    numbers are the most that glibc takes (mallopt(3)); the process holds no more than its steps need at most anyway.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 32 * 2**20)
        mallopt(_M_TRIM_THRESHOLD, 2**30)


def num_cores() -> int:
    return os.cpu_count() or 1


def fastest_threads(work: Callable[[], object]) -> int:
    """How many threads to work with: from one, twice as many for as long as that pays, up to all cores.

    Two threads on two busy cores, or on one core counted twice, wait for each other more than they gain.
    """
    best, fastest = 1, _seconds(work, 1)
    while best < num_cores():
        more = min(2 * best, num_cores())
        seconds = _seconds(work, more)
        if seconds > 0.95 * fastest:
            break
        best, fastest = more, seconds
    return best


def _seconds(work: Callable[[], object], num_threads: int) -> float:
    """The least of three, after one that warms up."""
    torch.set_num_threads(num_threads)
    work()
    times = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def check_batch_fits(work: Callable[[int], object], batch_size: int, device: torch.device) -> None:
    """Try a batch; raise ValueError that names the largest that fits if the device has no memory for this one."""
    if _fits(work, batch_size):
        return
    fits, fails = 0, batch_size
    while fails - fits > max(1, fits // 16):  # near enough: memory in use differs a little from run to run
        middle = (fits + fails) // 2
        fits, fails = (middle, fails) if _fits(work, middle) else (fits, middle)
    name = device_name(device)
    if not fits:
        raise ValueError(Message("training.no_memory", device=name))
    raise ValueError(Message("training.batch_too_large", batch_size=batch_size, device=name, fits=fits))


def _fits(work: Callable[[int], object], batch_size: int) -> bool:
    try:
        work(batch_size)
        fits = True
    except torch.OutOfMemoryError:
        fits = False
    # Only now: while the error was being handled, its traceback held the tensors.
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return fits
