"""The queue of one machine: order, pause, closing, and what it says of when a run will start."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from ddpm_core.config import DataConfig, UNetConfig
from jobs.store.store import Store
from jobs.training.supervisor import Supervisor
from tests.support.processes import WaitFor
from tests.support.runs import ENDLESS, TINY

PICTURES = TINY.data.num_pictures * TINY.num_epochs


def waiting(store: Store) -> list[str]:
    return [run.record.id for run in store.queue()]


def starts_in(store: Store, run_id: str) -> float | None:
    (place,) = [run for run in store.queue() if run.record.id == run_id]
    return place.starts_in


def seen(store: Store, run_id: str, **values: object) -> None:
    """As if a worker had written these."""
    names = ", ".join(f"{name} = ?" for name in values)
    with store.database.writing() as connection:
        connection.execute(f"UPDATE runs SET {names} WHERE id = ?", (*values.values(), run_id))


def test_hundred_runs_wait_in_order_and_start_in_order(store: Store) -> None:
    ids = [store.enqueue(TINY) for _ in range(100)]
    assert waiting(store) == ids
    assert [run.position for run in store.queue()] == list(range(1, 101))
    started = []
    while (record := store.claim()) is not None:
        started.append(record.id)
        store.give_up(record, "stopped", "")
    assert started == ids


def test_a_paused_run_steps_aside_and_comes_back_at_the_end(store: Store) -> None:
    first, second, third = (store.enqueue(TINY) for _ in range(3))
    store.pause(first)
    assert store.run(first).status == "paused"
    assert waiting(store) == [second, third]
    assert store.claim().id == second
    store.resume(first)
    assert waiting(store) == [third, first]


def test_pause_of_a_running_run_is_a_request_that_a_stop_outdoes(store: Store) -> None:
    run_id, following = store.enqueue(TINY), store.enqueue(TINY)
    store.claim()
    for _ in range(2):
        store.pause(run_id)
        assert store.run(run_id).status == "pausing"
    assert store.run(run_id).active
    assert store.claim() is None, "its worker still has the device"
    with pytest.raises(ValueError, match="is pausing; only a paused"):
        store.resume(run_id)
    store.request_stop(run_id)
    store.pause(run_id)
    assert store.run(run_id).status == "stopping"
    store.give_up(store.run(run_id), "stopped", "")
    assert store.claim().id == following


@pytest.mark.parametrize("status", ["stopped", "finished", "failed"])
def test_pausing_what_has_ended_changes_nothing(store: Store, status: str) -> None:
    run_id = store.enqueue(TINY)
    seen(store, run_id, status=status)
    store.pause(run_id)
    assert store.run(run_id).status == status


def test_a_paused_run_can_be_stopped_or_deleted(store: Store) -> None:
    first, second = store.enqueue(TINY), store.enqueue(TINY)
    for run_id in (first, second):
        store.pause(run_id)
    store.request_stop(first)
    assert store.run(first).status == "stopped"
    store.delete(second)
    assert [record.id for record in store.runs()] == [first]


def test_a_run_that_was_to_pause_when_its_worker_died_is_paused(store: Store) -> None:
    run_id = store.enqueue(TINY)
    store.claim()
    seen(store, run_id, pid=1)
    store.pause(run_id)
    Supervisor(store).poll()
    assert store.run(run_id).status == "paused"


def test_pause_lets_the_next_run_train_and_resume_goes_on_from_there(
    store: Store, supervise: Callable[[], Supervisor], wait_for: WaitFor
) -> None:
    long, short = store.enqueue(ENDLESS), store.enqueue(TINY)
    supervise()
    wait_for(lambda: store.run(long).epoch >= 2)
    store.pause(long)
    wait_for(lambda: store.run(short).status == "finished", 120)
    paused = store.run(long)
    assert (paused.status, paused.attempts) == ("paused", 1)
    assert store.run(short).started >= paused.finished
    store.resume(long)
    wait_for(lambda: store.run(long).step > paused.step, 120)
    store.request_stop(long)
    wait_for(lambda: store.run(long).status == "stopped")
    steps = store.metrics(long, max_points=10**6).step.tolist()
    assert steps == list(range(1, len(steps) + 1)), "no gap, no step twice"


def test_a_run_moved_to_the_front_is_next(store: Store) -> None:
    ids = [store.enqueue(TINY) for _ in range(3)]
    store.claim()
    store.move_to_front(ids[2])
    assert waiting(store) == [ids[2], ids[1]]
    store.move_to_front(ids[1])
    assert waiting(store) == [ids[1], ids[2]]
    store.move_to_front(ids[0])
    assert store.run(ids[0]).status == "running"
    assert waiting(store) == [ids[1], ids[2]]
    last = store.enqueue(TINY)
    assert waiting(store) == [ids[1], ids[2], last]


def test_the_queue_stays_closed_for_every_server_until_it_is_opened(store: Store) -> None:
    assert not store.queue_closed
    store.close_queue(True)
    assert Store(store.root).queue_closed
    store.close_queue(False)
    assert not Store(store.root).queue_closed


def test_the_next_run_starts_at_once_and_nothing_is_known_of_a_network_never_seen(store: Store) -> None:
    first, second = store.enqueue(TINY), store.enqueue(TINY)
    assert starts_in(store, first) == 0
    assert starts_in(store, second) is None
    store.claim()
    assert waiting(store) == [second]
    assert starts_in(store, second) is None


def test_runs_start_when_those_before_them_end(store: Store) -> None:
    running, second, third = (store.enqueue(TINY) for _ in range(3))
    store.claim()
    seen(store, running, step=2, total_steps=6, pictures_per_second=8.0)
    left = store.run(running).seconds_left
    assert left == 4 * 16 / 8
    assert starts_in(store, second) == left
    assert starts_in(store, third) == left + PICTURES / 8


def test_what_is_left_counts_for_a_run_that_goes_on(store: Store) -> None:
    before, resumed, after = (store.enqueue(TINY) for _ in range(3))
    store.claim()
    seen(store, before, step=6, total_steps=6, pictures_per_second=8.0)
    seen(store, resumed, step=5, total_steps=6)
    assert starts_in(store, after) == 1 * 16 / 8


def test_the_speed_of_another_network_tells_nothing(store: Store) -> None:
    done, running, after = store.enqueue(TINY), store.enqueue(replace(TINY, unet=UNetConfig(base_channels=16))), ""
    seen(store, done, status="finished", pictures_per_second=8.0)
    store.claim()
    after = store.enqueue(TINY)
    assert starts_in(store, after) is None
    seen(store, running, total_steps=6, pictures_per_second=1.0)
    assert starts_in(store, after) == PICTURES


def test_a_time_limit_is_an_end_that_is_known(store: Store) -> None:
    limited, after = store.enqueue(replace(TINY, max_seconds=60.0)), store.enqueue(TINY)
    assert starts_in(store, after) == 60
    seen(store, limited, seconds=45.0)
    assert starts_in(store, after) == 15
    seen(store, limited, seconds=70.0)
    assert starts_in(store, after) == 0


def test_all_pictures_there_are_were_counted_by_an_earlier_run(store: Store) -> None:
    everything = replace(TINY, data=DataConfig(name="mnist", num_pictures=0))
    done, queued, after = (store.enqueue(everything) for _ in range(3))
    seen(store, done, status="finished", pictures_per_second=100.0)
    assert starts_in(store, after) is None
    seen(store, done, total_steps=2 * 50)
    assert starts_in(store, after) == pytest.approx(50 * 16 * 2 / 100)
    assert waiting(store) == [queued, after]


def test_two_at_once_halve_the_wait(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDPM_MAX_RUNNING", "2")
    done = store.enqueue(TINY)
    seen(store, done, status="finished", pictures_per_second=1.0)
    for _ in range(4):
        store.enqueue(TINY)
    assert [run.starts_in for run in store.queue()] == [0, 0, PICTURES, PICTURES]


@pytest.mark.parametrize("value", ["0", "-1", "two", "65"])
def test_a_wrong_number_at_once_is_named(store: Store, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DDPM_MAX_RUNNING", value)
    store.enqueue(TINY)
    with pytest.raises(ValueError, match=f"DDPM_MAX_RUNNING is '{value}'; allowed: 1 to 64"):
        store.queue()


def test_as_many_run_at_once_as_are_allowed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[str] = []
    monkeypatch.setattr("jobs.training.supervisor.launch", lambda record: launched.append(record.id))
    ids = [store.enqueue(TINY) for _ in range(3)]
    Supervisor(store).poll()
    assert launched == ids[:1]
    monkeypatch.setenv("DDPM_MAX_RUNNING", "2")
    Supervisor(store).poll()
    assert launched == ids[:2]


def test_a_clock_that_jumps_makes_no_wait_negative(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    running, after = store.enqueue(TINY), store.enqueue(TINY)
    store.claim()
    seen(store, running, step=3, total_steps=6, pictures_per_second=8.0, started=4e9)
    monkeypatch.setattr("time.time", lambda: 1.0)
    assert starts_in(store, after) == 6.0
    store.pause(after)
    store.resume(after)
    assert math.isclose(starts_in(store, after) or 0, 6.0)
