"""Metrics: thinned in SQL, no duplicate and no gap after a resume."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest

from ddpm_core.data import DataInfo
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from jobs.store.records import EpochRecord
from jobs.store.store import Store
from jobs.training.progress_writer import Ledger
from tests.support.runs import TINY


@pytest.fixture
def ledger(store: Store) -> Ledger:
    store.enqueue(TINY)
    record = store.claim()
    record.folder.mkdir()
    ledger = Ledger(store, record)
    assert ledger.begin()
    return ledger


def row(step: int, loss: float = 0.5) -> TrainStep:
    return TrainStep(step, 1 + (step - 1) // 3, loss, 1e-3, 1.0, step * 0.1)


def write(ledger: Ledger, steps: range, loss: float = 0.5) -> None:
    for step in steps:
        ledger.add_step(row(step, loss))
    ledger.flush()


def the_run(store: Store) -> str:
    return store.runs()[0].id


def test_few_rows_come_back_as_they_are(store: Store, ledger: Ledger) -> None:
    assert len(store.metrics(the_run(store))) == 0
    write(ledger, range(1, 101))
    metrics = store.metrics(the_run(store))
    np.testing.assert_array_equal(metrics.step, np.arange(1, 101))
    np.testing.assert_array_equal(metrics.epoch, (np.arange(100)) // 3 + 1)
    np.testing.assert_allclose(metrics.seconds, np.arange(1, 101) * 0.1)
    assert metrics.loss.dtype == np.float64


@pytest.mark.parametrize("num_steps", [399, 400, 401, 1000, 12_345])
def test_thinned_points_are_first_last_and_multiples_of_a_power_of_two(
    store: Store, ledger: Ledger, num_steps: int
) -> None:
    write(ledger, range(1, num_steps + 1))
    steps = store.metrics(the_run(store), max_points=400).step
    assert steps[0] == 1
    assert steps[-1] == num_steps
    assert min(200, num_steps) <= len(steps) <= 402
    stride = 2 ** max(0, math.ceil(math.log2(num_steps / 400)))
    inner = steps[1:-1]
    assert np.all(inner % stride == 0)
    assert np.all(np.diff(steps) > 0)


def test_points_stay_where_they_are_while_a_run_grows(store: Store, ledger: Ledger) -> None:
    write(ledger, range(1, 1000))
    before = set(store.metrics(the_run(store), 100).step[:-1].tolist())
    write(ledger, range(1000, 1500))
    assert before <= set(store.metrics(the_run(store), 100).step.tolist())


def test_a_gap_in_the_steps_leaves_no_hole_in_the_answer(store: Store, ledger: Ledger) -> None:
    write(ledger, range(1, 500))
    write(ledger, range(901, 1400))
    steps = store.metrics(the_run(store), 100).step
    assert steps[0] == 1
    assert steps[-1] == 1399
    assert 901 in steps


def test_two_million_rows_read_in_less_than_200_ms(store: Store, ledger: Ledger) -> None:
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
    metrics = store.metrics(the_run(store))
    seconds = time.perf_counter() - started
    assert 200 <= len(metrics) <= 402
    assert metrics.step[-1] == 2_000_000
    assert operations < 100_000, "it searches, it does not scan"
    assert seconds < 0.2


def test_too_few_points_is_a_value_error(store: Store, ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="max_points is 1; allowed: 2 or more"):
        store.metrics(the_run(store), 1)


def test_not_a_number_survives(store: Store, ledger: Ledger) -> None:
    ledger.add_step(row(1, math.nan))
    ledger.add_epoch(EpochRecord(0, 0, math.nan, math.inf, True, 0.0))
    assert math.isnan(store.metrics(the_run(store)).loss[0])
    (epoch,) = store.epochs(the_run(store))
    assert math.isnan(epoch.val_loss)
    assert epoch.val_loss_ema == math.inf


def test_epochs_and_progress_are_on_the_record(store: Store, ledger: Ledger) -> None:
    ledger.describe("CPU", lambda: 3 * 2**20, 6)
    write(ledger, range(1, 4))
    ledger.add_epoch(EpochRecord(1, 3, 0.9, 0.8, False, 0.3))
    record = store.run(the_run(store))
    assert (record.epoch, record.step, record.total_steps, record.device) == (1, 3, 6, "CPU")
    assert record.gpu_bytes == 3 * 2**20
    assert record.seconds == pytest.approx(0.3)
    assert record.pictures_per_second == pytest.approx(160)  # batches of 16, 0.1 s each
    assert record.seconds_left == pytest.approx(0.3)
    assert store.epochs(record.id) == [EpochRecord(1, 3, 0.9, 0.8, False, 0.3)]


def logs_of(store: Store) -> tuple[RunFolder, CsvLog[TrainStep], CsvLog[EpochEnd]]:
    run = RunFolder.create(store.runs()[0].folder, TINY, DataInfo("sprites", 16, 16, 3, tuple("abcdefghij")))
    return run, CsvLog(run.metrics, TrainStep), CsvLog(run.epoch_metrics, EpochEnd)


def test_a_resumed_run_has_each_step_once_with_its_new_value(store: Store, ledger: Ledger) -> None:
    run, steps, ends = logs_of(store)
    for step in range(1, 8):  # the trainer has gone back to step 6 and repeated step 7
        steps.append(row(step))
    ends.append(EpochEnd(1, 3, 0.9, 0.9, 0.3))
    write(ledger, range(1, 11))
    ledger.add_epoch(EpochRecord(1, 3, 0.9, 0.9, False, 0.3))
    ledger.add_epoch(EpochRecord(3, 9, 0.9, 0.9, False, 0.9))
    ledger.agree_with(run)
    write(ledger, range(7, 13), loss=0.25)
    metrics = store.metrics(the_run(store))
    np.testing.assert_array_equal(metrics.step, np.arange(1, 13))
    np.testing.assert_array_equal(metrics.loss, [0.5] * 6 + [0.25] * 6)
    assert [epoch.epoch for epoch in store.epochs(the_run(store))] == [1]


def test_what_a_kill_took_from_the_last_batch_comes_back_from_the_csv_log(store: Store, ledger: Ledger) -> None:
    run, steps, ends = logs_of(store)
    for step in range(1, 11):
        steps.append(row(step))
    ends.append(EpochEnd(0, 0, 1.0, 1.0, 0.0))
    ends.append(EpochEnd(1, 3, 0.9, 0.9, 0.3))
    run.denoise(1).parent.mkdir()
    run.denoise(1).touch()
    write(ledger, range(1, 5))  # 5 to 10 and the epochs were lost
    ledger.agree_with(run)
    np.testing.assert_array_equal(store.metrics(the_run(store)).step, np.arange(1, 11))
    assert [(epoch.epoch, epoch.kept) for epoch in store.epochs(the_run(store))] == [(0, False), (1, True)]


def test_a_locked_store_costs_no_rows_and_little_time(store: Store, ledger: Ledger, runs_dir: Path) -> None:
    impatient = Ledger(Store(runs_dir, timeout=0.05), store.runs()[0])
    with store.database.writing():
        write(impatient, range(1, 4))
    assert len(store.metrics(the_run(store))) == 0
    write(impatient, range(4, 5))
    assert len(store.metrics(the_run(store))) == 0, "left alone for a while: each attempt keeps training waiting"
    impatient._locked_until = 0.0  # That while has passed.
    write(impatient, range(5, 7))
    np.testing.assert_array_equal(store.metrics(the_run(store)).step, np.arange(1, 7))


def test_a_worker_that_was_given_up_changes_nothing_more(store: Store, ledger: Ledger) -> None:
    store.give_up(store.runs()[0], "failed", "it died")
    ledger.end("finished")
    record = store.runs()[0]
    assert (record.status, record.error) == ("failed", "it died")
    assert ledger.stop_requested()
