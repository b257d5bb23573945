"""Another server on the same store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jobs.store.store import Store
from tests.support.processes import SupervisorProcess


@pytest.fixture
def server(store: Store) -> Iterator[SupervisorProcess]:
    """Killed at the latest when the test ends."""
    server = SupervisorProcess()
    yield server
    server.kill()
