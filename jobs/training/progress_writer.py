"""What a worker writes into the store of its one run: steps in batches, ends of epochs at once."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from jobs.store import metrics, run_rows
from jobs.store.records import RunRecord, pictures_per_step
from jobs.store.store import Store

FLUSH_SECONDS = 0.3
LOCKED_SECONDS = 5.0
"""How long a locked store is left alone: each attempt keeps training waiting."""
_RATE_SECONDS = 5.0


class ProgressWriter:
    """One worker's way to write. pid guards every write: a worker that was given up changes nothing more."""

    def __init__(self, store: Store, record: RunRecord) -> None:
        self._database = store.database
        self._record = record
        self._pid = os.getpid()
        self._steps: list[TrainStep] = []
        self._epochs: list[EpochEnd] = []
        self._flushed = self._locked_until = 0.0
        self._recent: deque[TrainStep] = deque()
        self._gpu_bytes: Callable[[], int] = int
        with self._database.reading() as connection:
            self._run = run_rows.seq_of(connection, record.id)

    def begin(self) -> bool:
        """Note that this process has the run's lock; False when the run is no longer to be trained."""
        statement = "UPDATE runs SET pid = :pid WHERE seq = :run AND status IN ('running', 'stopping')"
        return self._database.execute(statement, pid=self._pid, run=self._run)

    def describe(self, device: str, gpu_bytes: Callable[[], int], total_steps: int) -> None:
        """What is known once torch is there and the pictures are counted; gpu_bytes is asked now and then."""
        self._gpu_bytes = gpu_bytes
        statement = "UPDATE runs SET device = :device, total_steps = :steps WHERE seq = :run AND pid = :pid"
        self._database.execute(statement, device=device, steps=total_steps, run=self._run, pid=self._pid)

    def stop_requested(self) -> bool:
        """Whether this worker is to stop: it was asked to, or the run is no longer its own."""
        own = "SELECT status FROM runs WHERE seq = ? AND pid = ?"
        try:
            with self._database.reading() as connection:
                row = connection.execute(own, (self._run, self._pid)).fetchone()
        except (OSError, ValueError):  # Locked or out of reach: no reason to stop training.
            return False
        return row is None or row["status"] != "running"

    def sync_from(self, run: RunFolder) -> None:
        """Make the store's rows those of the CSV files in the run's folder, which a resume has just rewound.

        Gone are the steps that are about to be repeated; back are those that a killed worker had not written here yet.
        """
        steps, ends = CsvLog(run.metrics, TrainStep).rows(), CsvLog(run.epoch_metrics, EpochEnd).rows()
        next_step = steps[-1].step + 1 if steps else 0
        with self._database.writing() as connection:
            metrics.drop_from(connection, self._run, next_step)
            _, last = metrics.bounds(connection, self._run)
            metrics.insert(connection, self._run, (row for row in steps if row.step > last), ends)

    def add_step(self, row: TrainStep) -> None:
        """Keep a step for the next batch, and write the batch when it is due."""
        self._steps.append(row)
        self._recent.append(row)
        while row.seconds - self._recent[0].seconds > _RATE_SECONDS and len(self._recent) > 2:
            self._recent.popleft()
        if time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()

    def add_epoch(self, epoch: EpochEnd) -> None:
        """Write the end of an epoch at once, with all steps before it."""
        self._epochs.append(epoch)
        self.flush()

    def flush(self) -> None:
        """Write what has gathered, in one transaction; while the store is locked it goes on gathering."""
        if time.monotonic() < self._locked_until:
            return
        self._flushed = time.monotonic()
        try:
            with self._database.writing() as connection:
                self._write(connection)
        except TimeoutError:
            self._locked_until = time.monotonic() + LOCKED_SECONDS
            return
        self._steps.clear()
        self._epochs.clear()

    def end(self, status: Literal["stopped", "finished", "failed"], error: str = "") -> None:
        """Write what is left and how the run ended; one that was to be paused has not stopped for good."""
        with self._database.writing() as connection:
            self._write(connection)
            connection.execute(
                "UPDATE runs SET status = CASE WHEN status = 'pausing' AND ?1 = 'stopped' THEN 'paused' ELSE ?1 END, "
                "error = ?2, finished = ?3, pid = NULL WHERE seq = ?4 AND pid = ?5",
                (status, error, time.time(), self._run, self._pid),
            )

    def _write(self, connection: sqlite3.Connection) -> None:
        metrics.insert(connection, self._run, self._steps, self._epochs)
        if self._epochs:
            connection.execute("UPDATE runs SET epoch = ? WHERE seq = ?", (self._epochs[-1].epoch, self._run))
        if self._steps:
            connection.execute(
                "UPDATE runs SET step = ?, seconds = ?, pictures_per_second = ?, gpu_bytes = ? WHERE seq = ?",
                (self._steps[-1].step, self._steps[-1].seconds, self._pictures_per_second(), self._gpu_bytes(),
                 self._run),
            )  # fmt: skip

    def _pictures_per_second(self) -> float:
        first, last = self._recent[0], self._recent[-1]
        if last.seconds <= first.seconds:
            return 0.0
        return pictures_per_step(self._record.config) * (last.step - first.step) / (last.seconds - first.seconds)
