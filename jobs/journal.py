"""A run's steps in its own folder, written as they happen."""

from __future__ import annotations

import csv
import errno
import os
from pathlib import Path

from ddpm_core.atomic import replacing
from jobs.metrics import StepRow


class Journal:
    """metrics.part.csv, a line per step, written as it happens; metrics.csv once the run has finished.

    The store gets its rows in batches, and a killed worker takes the last batch with it. The journal has those rows.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "metrics.part.csv"
        self._finished = folder / "metrics.csv"
        self._file = self.path.open("ab", buffering=0)
        if self._file.tell() == 0:
            self._file.write((",".join(StepRow._fields) + "\n").encode())

    def append(self, row: StepRow) -> None:
        line = (",".join(map(repr, row)) + "\n").encode()
        if self._file.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))

    def rewind(self, step: int) -> list[StepRow]:
        """Drop `step`, all later ones and a torn last line; returns what is left."""
        rows = [row for row in self._rows() if row.step < step]
        self._file.close()
        with replacing(self.path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(StepRow._fields)
            writer.writerows(rows)
        self._file = self.path.open("ab", buffering=0)
        return rows

    def close(self, finished: bool) -> None:
        self._file.close()
        if finished:
            self.path.replace(self._finished)

    def _rows(self) -> list[StepRow]:
        rows = []
        with self.path.open(newline="", encoding="utf-8", errors="replace") as file:
            reader = csv.reader(file)
            next(reader, None)
            for values in reader:
                try:
                    step, epoch, *numbers = values
                    rows.append(StepRow(int(step), int(epoch), *map(float, numbers)))
                except (ValueError, TypeError):
                    break
        return rows
