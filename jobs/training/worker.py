"""`python -m jobs.training.worker RUN`: trains one run. Started by a supervisor, and outlives it."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from filelock import Timeout

from ddpm_core.data import load_dataset
from ddpm_core.runs.events import EpochEnd
from ddpm_core.runs.folder import RunFolder
from jobs.devices import take_gpu
from jobs.failure import failure_message
from jobs.paths import RESERVE, worker_lock
from jobs.priority import lower_priority, training_nice
from jobs.store.records import RunRecord
from jobs.store.store import Store
from jobs.training.progress_writer import ProgressWriter

Result = TypeVar("Result")
POLL_SECONDS = 0.2
LIVE_SECONDS = 1.0
"""How often a running run shows pictures from the weights of the moment."""
STOP_SECONDS = 1.2
"""How long training may take to end by itself once a stop was asked for: a stop is promised within 2 s."""


def main(run_id: str) -> int:
    """Train a run to its end, a stop or a failure, and tell the store which; the exit code is 0 if that worked."""
    faulthandler.enable()
    # Before torch starts its threads: on Linux each has its own priority, taken from its starter.
    lower_priority(training_nice())
    store = retry_while_locked(lambda: Store(timeout=2.0))
    record = store.run(run_id)
    lock = worker_lock(record.folder)
    try:
        lock.acquire(timeout=5)  # A supervisor that looks whether the lock is free holds it for an instant.
    except Timeout:
        print(f"{run_id}: another worker has it.")
        return 0
    # From here on the lock is held until the system takes it back, however this process ends.
    progress = ProgressWriter(store, record)
    _gpu = None if record.config.device == "cpu" else take_gpu(store.root)
    if not retry_while_locked(progress.begin):
        print(f"{run_id}: no longer to be trained.")
        return 0
    for torn in record.folder.rglob(".*.part"):
        torn.unlink()
    _train_and_report(record, progress, StopWatcher(store.root, record))
    return 0


def _train_and_report(record: RunRecord, progress: ProgressWriter, watch: StopWatcher) -> None:
    reserve = record.folder / RESERVE
    watch.start()
    try:
        reserve.write_bytes(os.urandom(256 * 1024))
        status = _train(record, progress, watch)
        watch.done.set()
        retry_while_locked(partial(progress.end, status))
    except Exception as error:
        watch.done.set()
        reserve.unlink(missing_ok=True)  # On a full disk this is the room that the next lines need.
        traceback.print_exc()
        retry_while_locked(partial(progress.end, "failed", failure_message(error, record.folder)))
    finally:
        reserve.unlink(missing_ok=True)


def _train(record: RunRecord, progress: ProgressWriter, watch: StopWatcher) -> Literal["finished", "stopped"]:
    from ddpm_core.hardware import device_bytes, device_name, pick_device  # torch: seconds
    from ddpm_core.training.trainer import total_steps, train

    config, epoch = record.config, record.epoch
    steps = total_steps(config, config.data.num_pictures or len(load_dataset(config.data, "train").images))
    device = pick_device(config)
    retry_while_locked(partial(progress.describe, device_name(device), partial(device_bytes, device), steps))
    for event in train(config, record.folder, should_stop=watch.stop.is_set, live_seconds=LIVE_SECONDS):
        if not watch.training.is_set():
            watch.training.set()
            retry_while_locked(partial(progress.sync_from, RunFolder(record.folder)))
        if isinstance(event, EpochEnd):
            epoch = event.epoch
            progress.add_epoch(event)
        else:
            progress.add_step(event)
    if not watch.training.is_set():  # An earlier worker was killed after the last step, before it could say so.
        retry_while_locked(partial(progress.sync_from, RunFolder(record.folder)))
    return "finished" if epoch >= config.num_epochs or not watch.stop.is_set() else "stopped"


def retry_while_locked(action: Callable[[], Result]) -> Result:
    """Do what a run depends on, and try again for a minute while another program has locked the store."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return action()
        except TimeoutError:
            if time.monotonic() > deadline:
                raise


class StopWatcher(threading.Thread):
    """Looks for a request to stop; ends the process itself when training is too deep in something to notice.

    Every file appears whole or not at all, so ending at any moment loses only the steps since the last save.
    """

    def __init__(self, root: Path, record: RunRecord) -> None:
        super().__init__(name="stop-watch", daemon=True)
        self.stop = threading.Event()
        self.training = threading.Event()
        self.done = threading.Event()
        self._root, self._record = root, record

    def run(self) -> None:
        progress = ProgressWriter(Store(self._root, timeout=1.0), self._record)
        while not progress.stop_requested():
            if self.done.wait(POLL_SECONDS):
                return
        self.stop.set()
        # Before the first step there is nothing to save, and nobody to ask: torch is still loading.
        if not self.done.wait(STOP_SECONDS if self.training.is_set() else 0):
            progress.end("stopped")
            (self._record.folder / RESERVE).unlink(missing_ok=True)
            os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
