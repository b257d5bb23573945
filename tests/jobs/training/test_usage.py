"""What a worker takes of the machine, and that another process with its pid is not taken for it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from jobs.store.records import RunRecord
from jobs.store.store import Store
from jobs.training.usage import resident_bytes
from tests.support.runs import TINY


@pytest.fixture
def record(store: Store) -> RunRecord:
    run_id = store.enqueue(TINY)
    store.claim()
    return store.run(run_id)


def test_memory_of_the_runs_own_worker(record: RunRecord) -> None:
    script = "import time; room = bytearray(64 * 2**20); print('ready', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", script, record.id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        try:
            assert worker.stdout is not None
            worker.stdout.readline()
            held = resident_bytes(replace(record, pid=worker.pid))
            assert held is not None
            assert 64 * 2**20 < held <= psutil.virtual_memory().total
        finally:
            worker.kill()
    assert resident_bytes(replace(record, pid=worker.pid)) is None


def test_nothing_is_told_of_a_strange_process_or_none(record: RunRecord) -> None:
    assert resident_bytes(record) is None
    assert resident_bytes(replace(record, pid=os.getpid())) is None
    assert resident_bytes(replace(record, pid=os.getpid(), status="finished")) is None
