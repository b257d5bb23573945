"""Metrics are thinned in SQL, as fast for two million rows as for two thousand."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from ddpm_core.runs.events import EpochEnd, TrainStep
from jobs.store import metrics, run_rows
from jobs.store.store import Store
from tests.support.runs import TINY


@pytest.fixture
def run_id(store: Store) -> str:
    return store.enqueue(TINY)


def row(step: int, loss: float = 0.5) -> TrainStep:
    return TrainStep(step, 1 + (step - 1) // 3, loss, 1e-3, 1.0, step * 0.1)


def write(store: Store, run_id: str, steps: range) -> None:
    with store.database.writing() as connection:
        metrics.insert(connection, run_rows.seq_of(connection, run_id), map(row, steps), [])


def test_few_rows_come_back_as_they_are(store: Store, run_id: str) -> None:
    assert len(store.metrics(run_id)) == 0
    write(store, run_id, range(1, 101))
    found = store.metrics(run_id)
    np.testing.assert_array_equal(found.step, np.arange(1, 101))
    np.testing.assert_array_equal(found.epoch, (np.arange(100)) // 3 + 1)
    np.testing.assert_allclose(found.seconds, np.arange(1, 101) * 0.1)
    assert found.loss.dtype == np.float64


@pytest.mark.parametrize("num_steps", [399, 400, 401, 1000, 12_345])
def test_thinned_points_are_first_last_and_multiples_of_a_power_of_two(
    store: Store, run_id: str, num_steps: int
) -> None:
    write(store, run_id, range(1, num_steps + 1))
    steps = store.metrics(run_id, max_points=400).step
    assert steps[0] == 1
    assert steps[-1] == num_steps
    assert min(200, num_steps) <= len(steps) <= 402
    stride = 2 ** max(0, math.ceil(math.log2(num_steps / 400)))
    inner = steps[1:-1]
    assert np.all(inner % stride == 0)
    assert np.all(np.diff(steps) > 0)


def test_points_stay_where_they_are_while_a_run_grows(store: Store, run_id: str) -> None:
    write(store, run_id, range(1, 1000))
    before = set(store.metrics(run_id, 100).step[:-1].tolist())
    write(store, run_id, range(1000, 1500))
    assert before <= set(store.metrics(run_id, 100).step.tolist())


def test_a_gap_in_the_steps_leaves_no_hole_in_the_answer(store: Store, run_id: str) -> None:
    write(store, run_id, range(1, 500))
    write(store, run_id, range(901, 1400))
    steps = store.metrics(run_id, 100).step
    assert steps[0] == 1
    assert steps[-1] == 1399
    assert 901 in steps


def test_two_million_rows_read_in_less_than_200_ms(store: Store, run_id: str) -> None:
    with store.database.writing() as connection:
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) "
            "INSERT INTO metrics SELECT 1, i, 1 + i / 1000, 0.5, 1e-3, 1.0, i * 0.1 FROM n"
        )
    operations = 0

    def count() -> None:
        nonlocal operations
        operations += 1000

    with store.database.reading() as connection:
        connection.set_progress_handler(count, 1000)
    started = time.perf_counter()
    found = store.metrics(run_id)
    seconds = time.perf_counter() - started
    assert 200 <= len(found) <= 402
    assert found.step[-1] == 2_000_000
    assert operations < 100_000, "it searches, it does not scan"
    assert seconds < 0.2


def test_too_few_points_is_a_value_error(store: Store, run_id: str) -> None:
    with pytest.raises(ValueError, match="max_points is 1; allowed: 2 or more"):
        store.metrics(run_id, 1)


def test_not_a_number_survives(store: Store, run_id: str) -> None:
    with store.database.writing() as connection:
        metrics.insert(connection, 1, [row(1, math.nan)], [EpochEnd(0, 0, math.nan, math.inf, 0.0)])
    assert math.isnan(store.metrics(run_id).loss[0])
    (epoch,) = store.epochs(run_id)
    assert math.isnan(epoch.val_loss)
    assert epoch.val_loss_ema == math.inf
