"""The runs, their queue and their metrics: the one truth that pages, supervisors and workers share."""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import Literal

from ddpm_core.config import TrainConfig
from ddpm_core.errors import Message, text_of
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from jobs.devices import runs_at_once
from jobs.paths import checkpoints_dir, is_locked, runs_dir
from jobs.store import branching, forecast, metrics, run_rows
from jobs.store.database import Database
from jobs.store.records import Metrics, QueuedRun, RunRecord
from jobs.store.run_rows import COLUMNS, NOT_DELETED

UNDO_SECONDS = 3600.0
"""How long a deleted run can be brought back."""
_ACTIVE = "status IN ('running', 'pausing', 'stopping')"
_log = logging.getLogger(__name__)


class Store:
    """The database and run folders under `root` (default: `runs_dir()`); one may be shared by many threads.

    Runs wait in the order of their tickets. What moves a run is one UPDATE: of all who ask at once, one gets it.
    Every method raises ValueError for an unknown run or a damaged file, OSError (TimeoutError when locked) for a
    file that cannot be reached; the message names the file and the remedy.
    """

    def __init__(self, root: Path | None = None, timeout: float = 5.0) -> None:
        self.root = Path(root).resolve() if root is not None else runs_dir()
        self.database = Database(self.root / "lab.db", timeout)
        self._deleted_at: dict[str, float] = {}

    # What there is

    def runs(self) -> list[RunRecord]:
        """Every run, the newest first; one whose config this version cannot read is left out, and logged."""
        return self._select(f"{NOT_DELETED} ORDER BY seq DESC")

    def run(self, run_id: str) -> RunRecord:
        """One run; ValueError when there is none of this id."""
        with self.database.reading() as connection:
            return run_rows.find(connection, self.root, run_id)

    def active(self) -> list[RunRecord]:
        """The runs that a worker has, or should have."""
        return self._select(f"{_ACTIVE} ORDER BY ticket")

    def metrics(self, run_id: str, max_points: int = 400) -> Metrics:
        """The steps of a run, thinned to about `max_points` (at most two more), first and last included."""
        with self.database.reading() as connection:
            return metrics.read_steps(connection, run_rows.seq_of(connection, run_id), max_points)

    def epochs(self, run_id: str) -> list[EpochEnd]:
        """The ends of epochs so far, in order."""
        with self.database.reading() as connection:
            return metrics.read_epochs(connection, run_rows.seq_of(connection, run_id))

    # Runs that come, change and go

    def enqueue(self, config: TrainConfig, name: str = "", owner: str = "") -> str:
        """Put a run at the end of the queue; returns its id, which is also its folder's name."""
        return self._enqueue(_new_id(config), config, name, owner)

    def branch(self, run_id: str, epoch: int, config: TrainConfig, name: str = "", owner: str = "") -> str:
        """Queue a run that begins with the weights of another, of this store or shipped; returns the new run's id.

        Raises ValueError for an epoch without checkpoint, and for a network or data that its weights do not fit.
        """
        shipped = checkpoints_dir() / run_id
        source = shipped if re.fullmatch(r"[\w-]+", run_id) and shipped.is_dir() else self.run(run_id).folder
        new_id = _new_id(config)
        branching.make_folder(RunFolder(source), epoch, config, self.root / new_id)
        return self._enqueue(new_id, config, name, owner, parent=f"{run_id}@{epoch}")

    def adopt(self, folder: Path, name: str = "", owner: str = "") -> str:
        """Enter a finished run whose folder lies in `root` already, with the curves it brings; returns its id."""
        folder = Path(folder).resolve()
        if folder.parent != self.root:
            raise ValueError(Message("run.elsewhere", folder=folder, root=self.root))
        run = RunFolder(folder)
        # Read first: a long file must not keep others from writing.
        steps, epochs = CsvLog(run.metrics, TrainStep).rows(), CsvLog(run.epoch_metrics, EpochEnd).rows()
        end = (steps[-1].step, steps[-1].seconds) if steps else (0, 0.0)
        with self.database.writing() as connection:
            if connection.execute("SELECT 1 FROM runs WHERE id = ?", (folder.name,)).fetchone():
                raise ValueError(Message("run.here_already", run=folder.name))
            seq = run_rows.insert(
                connection, run.config,
                id=folder.name, name=name or folder.name, owner=owner, status="finished", finished=time.time(),
                epoch=max(run.epochs, default=0), step=end[0], total_steps=end[0], seconds=end[1],
            )  # fmt: skip
            metrics.insert(connection, seq, steps, epochs)
        return folder.name

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name; an empty one becomes its id."""
        self._change(run_id, "name = :name", name=name.strip() or run_id)

    def set_note(self, run_id: str, text: str) -> None:
        """Write a note beside a run."""
        self._change(run_id, "note = :note", note=text.strip())

    def delete(self, run_id: str) -> None:
        """Hide a run that does not run; within an hour `undo` brings it back, then `purge` removes it."""
        if not self._change(run_id, "deleted = :now", f"NOT {_ACTIVE}", now=time.time()):
            raise ValueError(Message("run.running", run=run_id))

    def undo(self, run_id: str) -> None:
        """Bring a deleted run back, as it was; ValueError once it is gone for good."""
        if not self.database.execute("UPDATE runs SET deleted = NULL WHERE id = :id", id=run_id):
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
            removed = self.database.execute("DELETE FROM runs WHERE id = :id AND deleted IS NOT NULL", id=run_id)
            if removed and folder.is_dir():
                shutil.rmtree(folder, onerror=lambda _f, path, error: _log.warning("%s stays: %s", path, error[1]))

    # The queue, as pages see it

    def queue(self) -> list[QueuedRun]:
        """The runs that wait, the next one first, and when each is expected to start."""
        queued = self._select(f"status = 'queued' AND {NOT_DELETED} ORDER BY ticket")
        return forecast.expected_starts(self.active(), queued, self.runs(), runs_at_once()) if queued else []

    def pause(self, run_id: str) -> None:
        """Put a run aside as it is, within 2 s if it runs; the next one starts. One that has ended stays as it is."""
        status = "CASE status WHEN 'queued' THEN 'paused' ELSE 'pausing' END"
        self._change(run_id, f"status = {status}", "status IN ('queued', 'running')")

    def request_stop(self, run_id: str) -> None:
        """A running run stops within 2 s, a waiting one at once; one that has ended stays as it is."""
        self._change(
            run_id,
            "finished = CASE WHEN status IN ('queued', 'paused') THEN :now ELSE finished END, "
            "status = CASE WHEN status IN ('queued', 'paused') THEN 'stopped' ELSE 'stopping' END",
            "status IN ('queued', 'paused', 'running', 'pausing')",
            now=time.time(),
        )

    def resume(self, run_id: str) -> None:
        """Put a paused, stopped or failed run at the end of the queue; it goes on from where it stopped."""
        ticket = "(SELECT max(ticket) + 1 FROM runs)"
        if not self._change(
            run_id,
            f"status = 'queued', finished = NULL, error = '', attempts = 0, pid = NULL, ticket = {ticket}",
            "status IN ('paused', 'stopped', 'failed')",
        ):
            status = Message(f"status.{self.run(run_id).status}")
            raise ValueError(Message("run.not_resumable", run=run_id, status=status))

    def move_to_front(self, run_id: str) -> None:
        """Let a queued run be the next one; any other stays as it is."""
        self._change(run_id, "ticket = (SELECT min(ticket) - 1 FROM runs)", "status = 'queued'")

    @property
    def queue_closed(self) -> bool:
        """Whether a teacher takes no more runs; those that wait are still trained."""
        with self.database.reading() as connection:
            row = connection.execute("SELECT value FROM settings WHERE name = 'queue_closed'").fetchone()
        return row is not None and row["value"] == "1"

    def close_queue(self, closed: bool) -> None:
        """Close the queue, or open it again."""
        statement = "INSERT OR REPLACE INTO settings (name, value) VALUES ('queue_closed', :closed)"
        self.database.execute(statement, closed=str(int(closed)))

    # The queue, as a supervisor sees it

    def claim(self, max_running: int = 1) -> RunRecord | None:
        """Take the next queued run, if fewer than `max_running` run; of all who ask at once, one gets it."""
        with self.database.writing() as connection:
            rows = connection.execute(
                "UPDATE runs SET status = 'running', started = coalesce(started, ?), attempts = 1, pid = NULL "
                f"WHERE seq = (SELECT seq FROM runs WHERE status = 'queued' AND {NOT_DELETED} ORDER BY ticket LIMIT 1) "
                f"AND (SELECT count(*) FROM runs WHERE {_ACTIVE}) < ? RETURNING {COLUMNS}",
                (time.time(), max_running),
            ).fetchall()
            try:
                return run_rows.record(rows[0], self.root) if rows else None
            except ValueError as error:  # Running, it would keep the others waiting for ever.
                failed = "UPDATE runs SET status = 'failed', error = ?, finished = ? WHERE id = ?"
                connection.execute(failed, (text_of(error), time.time(), rows[0]["id"]))
        return None

    def restart(self, record: RunRecord, reason: str) -> bool:
        """Begin the next attempt of a run whose worker died; False when its record is out of date."""
        return self.database.execute(
            "UPDATE runs SET attempts = attempts + 1, pid = NULL, error = :reason "
            "WHERE id = :id AND status = 'running' AND attempts = :attempts",
            id=record.id, attempts=record.attempts, reason=reason,
        )  # fmt: skip

    def give_up(self, record: RunRecord, status: Literal["paused", "stopped", "failed"], error: str) -> bool:
        """End a run whose worker died; False when its record is out of date."""
        return self.database.execute(
            "UPDATE runs SET status = :status, error = :error, finished = :now, pid = NULL "
            "WHERE id = :id AND status = :before AND attempts = :attempts",
            id=record.id, attempts=record.attempts, before=record.status, status=status, error=error, now=time.time(),
        )  # fmt: skip

    def _select(self, which: str) -> list[RunRecord]:
        with self.database.reading() as connection:
            return run_rows.select(connection, self.root, which)

    def _enqueue(self, run_id: str, config: TrainConfig, name: str, owner: str, parent: str = "") -> str:
        with self.database.writing() as connection:
            columns = {"id": run_id, "name": name or run_id, "owner": owner, "parent": parent}
            run_rows.insert(connection, config, status="queued", **columns)
        return run_id

    def _change(self, run_id: str, values: str, where: str = "TRUE", **parameters: object) -> bool:
        """Change a run for which `where` holds; whether it did. ValueError for an unknown one."""
        statement = f"UPDATE runs SET {values} WHERE id = :id AND {NOT_DELETED} AND {where}"
        changed = self.database.execute(statement, id=run_id, **parameters)
        if not changed:
            self.run(run_id)
        return changed

    def _age(self, run_id: str, by_the_clock: float) -> float:
        """Seconds since a run was deleted: at first sight as the clock has it, then as they pass; clocks are set."""
        now = time.monotonic()
        return now - self._deleted_at.setdefault(run_id, now - max(0.0, by_the_clock))


def _new_id(config: TrainConfig) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", config.data.name.lower()).strip("-") or "run"
    return f"{slug}-{time.strftime('%y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
