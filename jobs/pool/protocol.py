"""What a task of the pool is made of. Each has a module of its own in `tasks/`."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ddpm_core.errors import Message

Report = Callable[[int, int], None]
"""report(done, total), between steps: notes the progress, and raises Cancelled when nobody waits any more."""


class Cancelled(Exception):
    """Nobody waits for this request any more."""


class TaskRequest(Protocol):
    """A frozen dataclass of plain values."""

    def files(self) -> list[Path]:
        """The files the result depends on; ValueError when one is missing."""


class TaskResult(Protocol):
    """What a task returns: arrays that can be written and read without torch and without pickles."""

    def save(self, path: Path) -> None: ...

    @classmethod
    def load(cls, path: Path) -> Self: ...


@dataclass(frozen=True)
class Task:
    """A function the pool may run, and the types of what goes in and comes out.

    The server imports its module: the function imports torch, and what needs torch, inside.
    """

    function: Callable[[Any, Report], TaskResult]
    request_type: type[TaskRequest]
    result_type: type[TaskResult]
    background: bool = False
    """Whether it runs below everything else, training included: nobody waits for it with a finger on the mouse."""


@contextmanager
def saved_arrays(path: Path) -> Iterator[Mapping[str, NDArray[Any]]]:
    """The arrays that a result's `save` wrote; ValueError for a file that is damaged or something else."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            yield arrays
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(Message("pool.damaged", path=path, reason=error)) from error


class ArrayResult:
    """A result whose fields are arrays and nothing else, as a frozen dataclass: how it is saved and loaded."""

    def save(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **vars(self))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote; ValueError for a file that is damaged or something else."""
        with saved_arrays(path) as arrays:
            return cls(**arrays)
