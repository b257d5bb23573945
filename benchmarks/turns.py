"""Contestants that take turns, so that what slows the machine slows all of them."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from statistics import median
from typing import Any
from unittest.mock import patch

Steps = Callable[[int], None]
"""Does so many steps."""


Times = dict[str, list[float]]
"""Seconds per step of each contestant, round by round."""


def times_of(contestants: dict[str, Steps], rounds: int, steps: int) -> Times:
    """In each round all take turns, so many steps each; before the first, two steps to warm up."""
    for contestant in contestants.values():
        contestant(2)
    times: Times = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            began = time.perf_counter()
            contestant(steps)
            times[name].append((time.perf_counter() - began) / steps)
    return times


def ratio(ones: list[float], others: list[float]) -> float:
    """How many times as long one takes as another: the median over rounds, each comparing neighbours in time."""
    return median(one / other for one, other in zip(ones, others, strict=True))


def in_runs(times: list[float], length: int) -> list[float]:
    """What so many steps in a row take together."""
    return [sum(times[start : start + length]) for start in range(0, len(times), length)]


class Elsewhere:
    """Contestants in a process and environment of their own: what they do to it they do to nobody else."""

    def __init__(self, make: Callable[..., dict[str, Steps]], *args: Any, environment: dict[str, str]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, make, args))
        with patch.dict(os.environ, environment):
            self._process.start()
        theirs.close()
        self.contestants: dict[str, Steps] = {name: self._ask(name) for name in self._pipe.recv()}

    def end(self) -> None:
        self._pipe.close()
        self._process.join()

    def _ask(self, name: str) -> Steps:
        def steps(num: int) -> None:
            self._pipe.send((name, num))
            self._pipe.recv()

        return steps


def _serve(pipe: Connection, make: Callable[..., dict[str, Steps]], args: tuple[Any, ...]) -> None:
    multiprocessing.set_start_method(None, force=True)  # loaders start their workers as they do anywhere else
    contestants = make(*args)
    pipe.send(list(contestants))
    with suppress(EOFError):  # the pipe was closed, or whoever held its other end is gone
        while True:
            name, num = pipe.recv()
            contestants[name](num)
            pipe.send(None)
