"""What a worker writes of its run: no duplicate and no gap after a resume, no wait for a locked store."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from ddpm_core.data import DataInfo
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from jobs.store.store import Store
from jobs.training.progress_writer import LOCKED_SECONDS, ProgressWriter
from tests.support.runs import TINY


@pytest.fixture
def writer(store: Store) -> ProgressWriter:
    store.enqueue(TINY)
    record = store.claim()
    record.folder.mkdir()
    writer = ProgressWriter(store, record)
    assert writer.begin()
    return writer


def row(step: int, loss: float = 0.5) -> TrainStep:
    return TrainStep(step, 1 + (step - 1) // 3, loss, 1e-3, 1.0, step * 0.1)


def write(writer: ProgressWriter, steps: range, loss: float = 0.5) -> None:
    for step in steps:
        writer.add_step(row(step, loss))
    writer.flush()


def the_run(store: Store) -> str:
    return store.runs()[0].id


def test_epochs_and_progress_are_on_the_record(store: Store, writer: ProgressWriter) -> None:
    writer.describe("CPU", lambda: 3 * 2**20, 6)
    write(writer, range(1, 4))
    writer.add_epoch(EpochEnd(1, 3, 0.9, 0.8, 0.3))
    record = store.run(the_run(store))
    assert (record.epoch, record.step, record.total_steps, record.device) == (1, 3, 6, "CPU")
    assert record.gpu_bytes == 3 * 2**20
    assert record.seconds == pytest.approx(0.3)
    assert record.pictures_per_second == pytest.approx(160)  # batches of 16, 0.1 s each
    assert record.seconds_left == pytest.approx(0.3)
    assert store.epochs(record.id) == [EpochEnd(1, 3, 0.9, 0.8, 0.3)]


def logs_of(store: Store) -> tuple[RunFolder, CsvLog[TrainStep], CsvLog[EpochEnd]]:
    run = RunFolder.create(store.runs()[0].folder, TINY, DataInfo("sprites", 16, 16, 3, tuple("abcdefghij")))
    return run, CsvLog(run.metrics, TrainStep), CsvLog(run.epoch_metrics, EpochEnd)


def test_a_resumed_run_has_each_step_once_with_its_new_value(store: Store, writer: ProgressWriter) -> None:
    run, steps, ends = logs_of(store)
    for step in range(1, 8):  # the trainer has gone back to step 6 and repeated step 7
        steps.append(row(step))
    ends.append(EpochEnd(1, 3, 0.9, 0.9, 0.3))
    write(writer, range(1, 11))
    writer.add_epoch(EpochEnd(1, 3, 0.9, 0.9, 0.3))
    writer.add_epoch(EpochEnd(3, 9, 0.9, 0.9, 0.9))
    writer.sync_from(run)
    write(writer, range(7, 13), loss=0.25)
    metrics = store.metrics(the_run(store))
    np.testing.assert_array_equal(metrics.step, np.arange(1, 13))
    np.testing.assert_array_equal(metrics.loss, [0.5] * 6 + [0.25] * 6)
    assert [epoch.epoch for epoch in store.epochs(the_run(store))] == [1]


def test_what_a_kill_took_from_the_last_batch_comes_back_from_the_folder(store: Store, writer: ProgressWriter) -> None:
    run, steps, ends = logs_of(store)
    for step in range(1, 11):
        steps.append(row(step))
    ends.append(EpochEnd(0, 0, 1.0, 1.0, 0.0))
    ends.append(EpochEnd(1, 3, 0.9, 0.9, 0.3))
    write(writer, range(1, 5))  # 5 to 10 and the epochs were lost
    writer.sync_from(run)
    np.testing.assert_array_equal(store.metrics(the_run(store)).step, np.arange(1, 11))
    assert store.epochs(the_run(store)) == ends.rows()


def test_a_locked_store_costs_no_rows_and_little_time(
    store: Store, writer: ProgressWriter, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = ProgressWriter(Store(runs_dir, timeout=0.05), store.runs()[0])
    with store.database.writing():
        write(impatient, range(1, 4))
    assert len(store.metrics(the_run(store))) == 0
    write(impatient, range(4, 5))
    assert len(store.metrics(the_run(store))) == 0, "left alone for a while: each attempt keeps training waiting"
    passed = time.monotonic() + LOCKED_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: passed)
    write(impatient, range(5, 7))
    np.testing.assert_array_equal(store.metrics(the_run(store)).step, np.arange(1, 7))


def test_a_worker_that_was_given_up_changes_nothing_more(store: Store, writer: ProgressWriter) -> None:
    store.give_up(store.runs()[0], "failed", "it died")
    writer.end("finished")
    record = store.runs()[0]
    assert (record.status, record.error) == ("failed", "it died")
    assert writer.stop_requested()
