"""kill -9 of worker, of server, of both, at random moments: nothing is lost, torn, missing or written twice."""

from __future__ import annotations

import csv
import random
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ddpm_core.config import DataConfig, TrainConfig
from ddpm_core.runs.checkpoint import load_model
from ddpm_core.runs.events import TrainStep
from ddpm_core.runs.folder import RunFolder
from ddpm_core.training.trainer import train
from jobs.store.store import Store
from tests.support.processes import SupervisorProcess, WaitFor, workers
from tests.support.runs import TINY

EPOCH_STEPS = 20
# Saved at the end of each epoch: most kills come between two saves.
LONG = replace(
    TINY,
    data=DataConfig(num_pictures=EPOCH_STEPS * TINY.batch_size, num_validation=8),
    num_epochs=9_000,
    keep_epochs=(0, 1),
)
VICTIMS = ("worker", "server", "both")


@pytest.mark.parametrize(
    ("kills", "seed"),
    [
        (6, 0),
        pytest.param(50, 1, marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
    ],
)
def test_a_run_survives_kills_at_random_moments(
    store: Store, server: SupervisorProcess, wait_for: WaitFor, tmp_path: Path, kills: int, seed: int
) -> None:
    chance = random.Random(seed)
    victims = [VICTIMS[k % len(VICTIMS)] for k in range(kills)]
    chance.shuffle(victims)
    run_id = store.enqueue(LONG)
    folder = store.run(run_id).folder
    wait_for(lambda: store.run(run_id).step > 0, 90)
    for victim in victims:
        time.sleep(chance.uniform(0, 2.5))  # training, saving, or a new worker that is still loading
        saved = saved_step(folder)
        kill(victim, store, server)
        assert_nothing_is_torn(folder)
        assert saved_step(folder) >= saved
        if victim != "worker":
            server.start()
        goes_on(store, run_id, saved, wait_for)
        assert_no_gap_and_no_duplicate(store, run_id)

    wait_for(lambda: store.run(run_id).epoch >= 2, 90)
    store.request_stop(run_id)
    wait_for(lambda: store.run(run_id).status == "stopped", 30)
    steps, saved, found = assert_no_gap_and_no_duplicate(store, run_id), saved_step(folder), losses(folder)
    assert_nothing_is_torn(folder)
    assert steps == store.run(run_id).step
    # Where the disk is too slow to save within the time that a stop is promised in, the last save is what counts.
    assert saved <= min(steps, len(found)) <= max(steps, len(found)) <= saved + EPOCH_STEPS
    np.testing.assert_array_equal(found, uninterrupted(LONG, tmp_path / "reference", len(found)))


def kill(victim: str, store: Store, server: SupervisorProcess) -> None:
    """At once: the server first, so that it has no chance to notice."""
    if victim != "worker":
        server.kill()
    if victim != "server":
        for worker in workers(store.root):
            worker.kill()
            worker.wait(10)


def goes_on(store: Store, run_id: str, saved: int, wait_for: WaitFor) -> None:
    """Wait for the first steps after the kill; a run that was given up after two deaths is resumed by hand."""

    def further() -> bool:
        record = store.run(run_id)
        assert record.step >= saved, "no more than the steps since the last save are repeated"
        if record.status == "failed":
            assert "for the second time" in record.error
            store.resume(run_id)
        return record.status == "running" and record.step > saved and bool(workers(store.root))

    wait_for(further, 90)


def saved_step(folder: Path) -> int:
    """The step that a resume would go on from; 0 before the first save."""
    path = folder / "resume.pt"
    return int(torch.load(path, weights_only=True)["position"][2]) if path.exists() else 0


def assert_nothing_is_torn(folder: Path) -> None:
    run = RunFolder(folder)
    for epoch in run.epochs:
        try:
            load_model(run.checkpoint(epoch))  # compares the weights with their hash
        except (ValueError, FileNotFoundError) as error:
            if not isinstance(error.__cause__ or error, FileNotFoundError):
                raise
            # A worker that lives on takes away an epoch that is not kept, as soon as the next one is there.
            assert run.epochs[-1] > epoch


def assert_no_gap_and_no_duplicate(store: Store, run_id: str) -> int:
    """Returns the last step."""
    steps = store.metrics(run_id, max_points=10**6).step.tolist()
    assert steps == list(range(1, len(steps) + 1))
    ends = [end.epoch for end in store.epochs(run_id)]
    assert ends == list(range(len(ends)))
    return len(steps)


def losses(folder: Path) -> list[float]:
    """As the run's own CSV log has them, a line per step."""
    with RunFolder(folder).metrics.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(1, len(rows) + 1))
    return [float(row["loss"]) for row in rows]


def uninterrupted(config: TrainConfig, folder: Path, steps: int) -> list[float]:
    """The losses of the same run when nobody disturbs it: the same to the bit."""
    found: list[float] = []
    for event in train(config, folder, should_stop=lambda: len(found) >= steps):
        if isinstance(event, TrainStep):
            found.append(event.loss)
    return found[:steps]
