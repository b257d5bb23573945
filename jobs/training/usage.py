"""What a running worker takes of the machine."""

from __future__ import annotations

import psutil

from jobs.store.records import RunRecord


def resident_bytes(record: RunRecord) -> int | None:
    """Main memory that the run's worker holds; None when it has none, or is no longer there."""
    if record.pid is None or not record.active:
        return None
    try:
        process = psutil.Process(record.pid)
        with process.oneshot():
            ours = record.id in process.cmdline()  # pids are reused
            return int(process.memory_info().rss) if ours else None
    except psutil.Error:
        return None
