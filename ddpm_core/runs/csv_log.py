"""What happened in a run, as CSV files in its folder, a line written as each thing happens. Needs no torch."""

from __future__ import annotations

import csv
import dataclasses
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from ddpm_core.atomic import replacing
from ddpm_core.runs.events import EpochEnd, LossByT, TrainStep

Row = TypeVar("Row", TrainStep, EpochEnd, LossByT)


class CsvLog(Generic[Row]):
    """The rows of one CSV file: metrics.csv holds TrainSteps, epochs.csv EpochEnds, loss_by_t.csv LossByTs.

    A field that holds several numbers says so in its metadata ("columns") and takes as many columns.
    """

    def __init__(self, path: Path, row_type: type[Row]) -> None:
        self.path = path
        self._row_type: type[Row] = row_type
        widths = {field.name: field.metadata.get("columns", 0) for field in dataclasses.fields(row_type)}
        self._columns = {n: [f"{n}_{k}" for k in range(1, width + 1)] or n for n, width in widths.items()}
        self._names = [name for each in self._columns.values() for name in ([each] if isinstance(each, str) else each)]

    def append(self, row: Row) -> None:
        """Add a line. A process killed at any moment leaves whole lines and at most one torn at the end."""
        new = not self.path.exists()
        line = ",".join(map(repr, self._cells(row))) + "\n"
        text = ((",".join(self._names) + "\n" if new else "") + line).encode()
        with self.path.open("ab", buffering=0) as file:
            if file.write(text) != len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))

    def rows(self) -> list[Row]:
        """All whole lines, in order; none where there is no file yet."""
        if not self.path.exists():
            return []
        rows = []
        with self.path.open(newline="", encoding="utf-8", errors="replace") as file:
            for values in csv.DictReader(line for line in file if line.endswith("\n")):
                try:
                    fields = {name: _read(values, columns) for name, columns in self._columns.items()}
                    rows.append(self._row_type(**fields))
                except (KeyError, TypeError, ValueError):
                    break  # a torn line: what follows it would not follow in time
        return rows

    def rewind(self, keep: Callable[[Row], bool]) -> None:
        """Drop the rows a resumed run will write again, and a torn last line."""
        kept = [row for row in self.rows() if keep(row)]
        with replacing(self.path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self._names)
            writer.writerows(self._cells(row) for row in kept)

    def _cells(self, row: Row) -> list[int | float]:
        values = (getattr(row, name) for name in self._columns)
        return [cell for value in values for cell in (value if isinstance(value, tuple) else (value,))]


def _read(values: dict[str, str], columns: str | list[str]) -> Any:
    if isinstance(columns, str):
        return _number(values[columns])
    return tuple(_number(values[name]) for name in columns)


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
