"""The runs, their queue and their metrics: the one truth that pages, supervisors and workers share."""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
import time
from pathlib import Path

from ddpm_core.config import TrainConfig, to_dict
from ddpm_core.errors import Message
from ddpm_core.runs.csv_log import Journal
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from jobs.paths import checkpoints_dir, is_locked
from jobs.store import branching, metrics
from jobs.store.queue import Queue
from jobs.store.records import epoch_record
from jobs.store.run_reader import THERE

UNDO_SECONDS = 3600.0
"""How long a deleted run can be brought back."""
_log = logging.getLogger(__name__)


class Store(Queue):
    """The database and run folders under `root` (default: `runs_dir()`); one may be shared by many threads.

    Every method raises ValueError for an unknown run or a damaged file, OSError (TimeoutError when locked) for a
    file that cannot be reached; the message names the file and the remedy.
    """

    def __init__(self, root: Path | None = None, timeout: float = 5.0) -> None:
        super().__init__(root, timeout)
        self._deleted_at: dict[str, float] = {}

    def enqueue(self, config: TrainConfig, name: str = "", owner: str = "") -> str:
        """Put a run at the end of the queue; returns its id, which is also its folder's name."""
        run_id = _new_id(config)
        self._insert(run_id, config, name, owner)
        return run_id

    def branch(self, run_id: str, epoch: int, config: TrainConfig, name: str = "", owner: str = "") -> str:
        """Queue a run that begins with the weights of another, of this store or shipped; returns the new run's id.

        Raises ValueError for an epoch without checkpoint, and for a network or data that its weights do not fit.
        """
        shipped = checkpoints_dir() / run_id
        source = shipped if re.fullmatch(r"[\w-]+", run_id) and shipped.is_dir() else self.run(run_id).folder
        new_id = _new_id(config)
        branching.begin(RunFolder(source), epoch, config, self.root / new_id)
        self._insert(new_id, config, name, owner, parent=f"{run_id}@{epoch}")
        return new_id

    def adopt(self, folder: Path, name: str = "", owner: str = "") -> str:
        """Enter a finished run whose folder lies in `root` already, with the curves it brings; returns its id."""
        folder = Path(folder).resolve()
        if folder.parent != self.root:
            raise ValueError(Message("run.elsewhere", folder=folder, root=self.root))
        run = RunFolder(folder)
        steps = Journal(run.metrics, TrainStep).rows()
        ends = [epoch_record(run, end) for end in Journal(run.epoch_metrics, EpochEnd).rows()]
        last_step, epoch = steps[-1].step if steps else 0, max(run.epochs, default=0)
        with self.database.writing() as connection:
            if connection.execute("SELECT 1 FROM runs WHERE id = ?", (folder.name,)).fetchone():
                raise ValueError(Message("run.here_already", run=folder.name))
            seq = connection.execute(
                "INSERT INTO runs (id, name, config, status, created, finished, ticket, owner, epoch, step, "
                "total_steps, seconds) "
                "SELECT ?, ?, ?, 'finished', ?, ?, coalesce(max(ticket), 0) + 1, ?, ?, ?, ?, ? FROM runs",
                (
                    folder.name, name or folder.name, json.dumps(to_dict(run.config)), time.time(), time.time(), owner,
                    epoch, last_step, last_step, steps[-1].seconds if steps else 0.0,
                ),
            ).lastrowid  # fmt: skip
            metrics.insert_steps(connection, int(seq or 0), steps)
            metrics.insert_epochs(connection, int(seq or 0), ends)
        return folder.name

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name; an empty one becomes its id."""
        if not self._change(f"UPDATE runs SET name = ? WHERE id = ? AND {THERE}", name.strip() or run_id, run_id):
            self.run(run_id)

    def set_note(self, run_id: str, text: str) -> None:
        """Write a note beside a run."""
        if not self._change(f"UPDATE runs SET note = ? WHERE id = ? AND {THERE}", text.strip(), run_id):
            self.run(run_id)

    def delete(self, run_id: str) -> None:
        """Hide a run that does not run; within an hour `undo` brings it back, then `purge` removes it."""
        changed = self._change(
            f"UPDATE runs SET deleted = ? WHERE id = ? AND {THERE} "
            "AND status NOT IN ('running', 'pausing', 'stopping')",
            time.time(),
            run_id,
        )
        if not changed:
            self.run(run_id)
            raise ValueError(Message("run.running", run=run_id))

    def undo(self, run_id: str) -> None:
        """Bring a deleted run back, as it was; ValueError once it is gone for good."""
        if not self._change("UPDATE runs SET deleted = NULL WHERE id = ?", run_id):
            raise ValueError(Message("run.gone", run=run_id))

    def purge(self) -> None:
        """Remove the runs that were deleted over an hour ago: record, metrics and folder."""
        with self.database.reading() as connection:
            rows = connection.execute("SELECT id, ? - deleted FROM runs WHERE deleted IS NOT NULL", (time.time(),))
            ages = {run_id: self._age(run_id, age) for run_id, age in rows.fetchall()}
        self._deleted_at = {run_id: at for run_id, at in self._deleted_at.items() if run_id in ages}
        for run_id in (run_id for run_id, age in ages.items() if age > UNDO_SECONDS):
            folder = self.root / run_id
            if folder.is_dir() and is_locked(folder):
                continue  # Its worker has not quite ended.
            if self._change("DELETE FROM runs WHERE id = ? AND deleted IS NOT NULL", run_id) and folder.is_dir():
                shutil.rmtree(folder, onerror=lambda _f, path, error: _log.warning("%s stays: %s", path, error[1]))

    def _age(self, run_id: str, by_the_clock: float) -> float:
        """Seconds since a run was deleted: at first sight as the clock has it, then as they pass; clocks are set."""
        now = time.monotonic()
        return now - self._deleted_at.setdefault(run_id, now - max(0.0, by_the_clock))

    def _insert(self, run_id: str, config: TrainConfig, name: str, owner: str, parent: str = "") -> None:
        self._change(
            "INSERT INTO runs (id, name, config, status, created, owner, parent, ticket) "
            "SELECT ?, ?, ?, 'queued', ?, ?, ?, coalesce(max(ticket), 0) + 1 FROM runs",
            run_id,
            name or run_id,
            json.dumps(to_dict(config)),
            time.time(),
            owner,
            parent,
        )


def _new_id(config: TrainConfig) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", config.data.name.lower()).strip("-") or "run"
    return f"{slug}-{time.strftime('%y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
