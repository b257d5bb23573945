"""The rows of a run's training: written in batches by its worker, read thinned by pages."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields

import numpy as np

from ddpm_core.runs.events import EpochEnd, TrainStep
from jobs.store.records import Metrics

_COLUMNS = ", ".join(field.name for field in fields(TrainStep))
_EPOCH_COLUMNS = ", ".join(field.name for field in fields(EpochEnd))

# One look-up in the primary key per point, so that two million rows read as fast as two thousand; min(step), because
# the exact step may be missing.
_THINNED = f"""
WITH RECURSIVE
    pick (step) AS (
        SELECT :first UNION ALL SELECT (step / :stride + 1) * :stride FROM pick WHERE step < :last
    ),
    there (step) AS (
        SELECT (SELECT min(step) FROM metrics WHERE run = :run AND step >= pick.step) FROM pick WHERE step < :last
        UNION SELECT :last
    )
SELECT {_COLUMNS} FROM metrics JOIN there USING (step) WHERE run = :run ORDER BY step
"""


def insert(connection: sqlite3.Connection, run: int, steps: Iterable[TrainStep], epochs: Iterable[EpochEnd]) -> None:
    """Add steps and ends of epochs; what is there already is overwritten."""
    connection.executemany(
        f"INSERT OR REPLACE INTO metrics (run, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((run, *astuple(s)) for s in steps),
    )
    connection.executemany(
        f"INSERT OR REPLACE INTO epochs (run, {_EPOCH_COLUMNS}, kept) VALUES (?, ?, ?, ?, ?, ?, 0)",
        ((run, *astuple(epoch)) for epoch in epochs),
    )


def drop_from(connection: sqlite3.Connection, run: int, step: int) -> None:
    """Forget `step` and all later ones, which a resumed run is about to repeat."""
    connection.execute("DELETE FROM metrics WHERE run = ? AND step >= ?", (run, step))
    connection.execute("DELETE FROM epochs WHERE run = ? AND step >= ?", (run, step))


def bounds(connection: sqlite3.Connection, run: int) -> tuple[int, int]:
    """The first and the last step there are; (0, 0) when there is none."""
    # Two look-ups: asked for both at once, SQLite reads the whole table.
    ends = ((f"SELECT {end}(step) FROM metrics WHERE run = ?", (run,)) for end in ("min", "max"))
    first, last = (connection.execute(*query).fetchone()[0] for query in ends)
    return first or 0, last or 0


def read_steps(connection: sqlite3.Connection, run: int, max_points: int) -> Metrics:
    """First step, last step, and between them every stride-th, the stride a power of two.

    With powers of two the points of a growing run stay where they are until the stride doubles: nothing flickers.
    """
    if max_points < 2:
        raise ValueError(f"max_points is {max_points}; allowed: 2 or more.")
    first, last = bounds(connection, run)
    stride = 2 ** max(0, math.ceil(math.log2(max(1, last) / max_points)))
    rows = connection.execute(_THINNED, {"run": run, "first": first, "last": last, "stride": stride}).fetchall()
    columns: Sequence[Sequence[object]] = list(zip(*rows, strict=True)) or [()] * len(fields(TrainStep))
    step, epoch, *numbers = columns
    # SQLite keeps NaN as NULL, which becomes NaN again here.
    return Metrics(
        np.array(step, np.int64), np.array(epoch, np.int64), *(np.array(column, np.float64) for column in numbers)
    )


def read_epochs(connection: sqlite3.Connection, run: int) -> list[EpochEnd]:
    """Every epoch that has ended, in order."""
    rows = connection.execute(f"SELECT {_EPOCH_COLUMNS} FROM epochs WHERE run = ? ORDER BY epoch", (run,))
    return [EpochEnd(epoch, step, *(math.nan if x is None else x for x in losses)) for epoch, step, *losses in rows]
