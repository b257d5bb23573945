"""Background work for as long as the server lives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jobs.pool import pool
from jobs.training.supervisor import Supervisor


@contextmanager
def background_jobs() -> Iterator[None]:
    """Keep the queue moving; at the end stop the pool, but no worker: runs go on, and the next server adopts them.

    A store that cannot be opened is logged and tried again: the pages that need none still work, the others say why.
    """
    supervisor = Supervisor()
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop()
        pool.shut_down()
