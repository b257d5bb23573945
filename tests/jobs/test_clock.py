"""The clock of the machine is set while runs wait, train and lie deleted: nobody loses anything by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from jobs.store.store import UNDO_SECONDS, Store
from jobs.training.supervisor import Supervisor
from tests.support.processes import WaitFor
from tests.support.runs import ENDLESS, TINY

YEAR = 365 * 86_400.0


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """set_clock(seconds) sets the clock of this process that far from the right time."""
    right = time.time

    def set_to(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: right() + seconds)

    return set_to


@pytest.mark.soak
@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_a_run_trains_on_and_the_queue_keeps_its_order(
    store: Store,
    supervise: Callable[[], Supervisor],
    wait_for: WaitFor,
    set_clock: Callable[[float], None],
    jump: float,
) -> None:
    first = store.enqueue(ENDLESS)
    second = store.enqueue(TINY)
    supervise()
    wait_for(lambda: store.run(first).step > 0)
    set_clock(jump)
    third = store.enqueue(TINY)
    step = store.run(first).step
    wait_for(lambda: store.run(first).step > step)
    assert [waiting.record.id for waiting in store.queue()] == [second, third]
    assert store.run(first).attempts == 1
    left = store.run(first).seconds_left
    assert left is not None
    assert 0 < left < 86_400
    set_clock(0)
    store.request_stop(first)
    wait_for(lambda: store.run(third).status == "finished")
    assert (store.run(first).status, store.run(second).status) == ("stopped", "finished")
    assert 0 < store.run(first).seconds < 60


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_a_deleted_run_can_be_brought_back_for_an_hour_that_has_passed(
    store: Store, monkeypatch: pytest.MonkeyPatch, set_clock: Callable[[float], None], jump: float
) -> None:
    run_id = store.enqueue(replace(TINY, seed=5))
    store.delete(run_id)
    store.purge()
    set_clock(jump)
    store.purge()
    store.undo(run_id)
    assert store.run(run_id).config.seed == 5

    store.delete(run_id)
    store.purge()
    passed = time.monotonic() + UNDO_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: passed)
    store.purge()
    with pytest.raises(ValueError, match="too long ago"):
        store.undo(run_id)
