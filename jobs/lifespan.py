"""Background work for as long as the server lives."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from jobs import pool
from jobs.store import Store
from jobs.supervisor import Supervisor

_log = logging.getLogger(__name__)


@contextmanager
def background_jobs() -> Iterator[None]:
    """Keep the queue moving; at the end stop the pool, but no worker: runs go on, and the next server adopts them.

    A store that cannot be opened is logged, not raised: the pages that need none still work, the others say why.
    """
    supervisor = None
    try:
        supervisor = Supervisor(Store())
        supervisor.start()
    except (OSError, ValueError) as error:
        _log.warning("No queue: %s", error)
    try:
        yield
    finally:
        if supervisor is not None:
            supervisor.stop()
        pool.shut_down()
