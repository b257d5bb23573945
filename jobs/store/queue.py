"""The queue of one machine: which run is next, what moves a run in and out of it, what becomes of it there."""

from __future__ import annotations

import os
import time
from typing import Literal

from ddpm_core.errors import Message, dumps
from jobs.devices import gpus
from jobs.store import forecast
from jobs.store.records import RunRecord, Waiting
from jobs.store.run_reader import RECORD, THERE, Catalogue


def runs_at_once() -> int:
    """How many runs this machine trains at once: DDPM_MAX_RUNNING, else one on each GPU, or one on the processor."""
    text = os.environ.get("DDPM_MAX_RUNNING") or str(len(gpus()) or 1)
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise ValueError(Message("environment.max_running", text=text))
    return int(text)


class Queue(Catalogue):
    """Runs wait in the order of their tickets. Every change is one statement: of all who ask at once, one gets it."""

    # What pages do

    def queue(self) -> list[Waiting]:
        """The runs that wait, the next one first, and when each is expected to start."""
        queued = self._select(f"WHERE status = 'queued' AND {THERE} ORDER BY ticket")
        return forecast.schedule(self.active(), queued, self.runs(), runs_at_once()) if queued else []

    def queue_position(self, run_id: str) -> int:
        """1 for the run that starts next, 2 for the one after it; 0 for a run that does not wait."""
        return next((waiting.position for waiting in self.queue() if waiting.record.id == run_id), 0)

    def expected_start(self, run_id: str) -> float | None:
        """Seconds from now to the start of a queued run; None where that is not known, or the run does not wait."""
        return next((waiting.starts_in for waiting in self.queue() if waiting.record.id == run_id), None)

    def pause(self, run_id: str) -> None:
        """Put a run aside as it is, within 2 s if it runs; the next one starts. One that has ended stays as it is."""
        changed = self._change(
            "UPDATE runs SET status = CASE status WHEN 'queued' THEN 'paused' ELSE 'pausing' END "
            f"WHERE id = ? AND status IN ('queued', 'running') AND {THERE}",
            run_id,
        )
        if not changed:
            self.run(run_id)

    def request_stop(self, run_id: str) -> None:
        """A running run stops within 2 s, a waiting one at once; one that has ended stays as it is."""
        changed = self._change(
            "UPDATE runs SET finished = CASE WHEN status IN ('queued', 'paused') THEN ? ELSE finished END, "
            "status = CASE WHEN status IN ('queued', 'paused') THEN 'stopped' ELSE 'stopping' END "
            f"WHERE id = ? AND status IN ('queued', 'paused', 'running', 'pausing') AND {THERE}",
            time.time(),
            run_id,
        )
        if not changed:
            self.run(run_id)

    def resume(self, run_id: str) -> None:
        """Put a paused, stopped or failed run at the end of the queue; it goes on from where it stopped."""
        changed = self._change(
            "UPDATE runs SET status = 'queued', finished = NULL, error = '', attempts = 0, pid = NULL, "
            "ticket = (SELECT max(ticket) + 1 FROM runs) "
            f"WHERE id = ? AND status IN ('paused', 'stopped', 'failed') AND {THERE}",
            run_id,
        )
        if not changed:
            status = Message(f"status.{self.run(run_id).status}")
            raise ValueError(Message("run.not_resumable", run=run_id, status=status))

    def move_to_front(self, run_id: str) -> None:
        """Let a queued run be the next one; any other stays as it is."""
        changed = self._change(
            "UPDATE runs SET ticket = (SELECT min(ticket) - 1 FROM runs) "
            f"WHERE id = ? AND status = 'queued' AND {THERE}",
            run_id,
        )
        if not changed:
            self.run(run_id)

    @property
    def queue_closed(self) -> bool:
        """Whether a teacher takes no more runs; those that wait are still trained."""
        with self.database.reading() as connection:
            row = connection.execute("SELECT value FROM settings WHERE name = 'queue_closed'").fetchone()
        return row is not None and row["value"] == "1"

    def close_queue(self, closed: bool) -> None:
        """Close the queue, or open it again."""
        self._change("INSERT OR REPLACE INTO settings (name, value) VALUES ('queue_closed', ?)", str(int(closed)))

    # What a supervisor does

    def claim(self, max_running: int = 1) -> RunRecord | None:
        """Take the next queued run, if fewer than `max_running` run; of all who ask at once, one gets it."""
        with self.database.reading() as connection:
            row = connection.execute(
                "UPDATE runs SET status = 'running', started = coalesce(started, ?), attempts = 1, pid = NULL "
                f"WHERE seq = (SELECT seq FROM runs WHERE status = 'queued' AND {THERE} ORDER BY ticket LIMIT 1) "
                "AND status = 'queued' "
                "AND (SELECT count(*) FROM runs WHERE status IN ('running', 'pausing', 'stopping')) < ? "
                f"RETURNING {RECORD}",
                (time.time(), max_running),
            ).fetchall()
        return next(iter(self._records(row)), None)

    def restart(self, record: RunRecord, reason: str) -> bool:
        """Begin the next attempt of a run whose worker died; False when its record is out of date."""
        return self._change(
            "UPDATE runs SET attempts = attempts + 1, pid = NULL, error = ? "
            "WHERE id = ? AND status = 'running' AND attempts = ?",
            dumps(reason),
            record.id,
            record.attempts,
        )

    def give_up(self, record: RunRecord, status: Literal["paused", "stopped", "failed"], error: str) -> bool:
        """End a run whose worker died; False when its record is out of date."""
        return self._change(
            "UPDATE runs SET status = ?, error = ?, finished = ?, pid = NULL "
            "WHERE id = ? AND status = ? AND attempts = ?",
            status,
            dumps(error),
            time.time(),
            record.id,
            record.status,
            record.attempts,
        )
