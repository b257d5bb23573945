"""The shipped runs are whole, and their pictures are what the manifest says."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ddpm_core.config import KINDS_THAT_SAMPLE, SampleConfig
from ddpm_core.quality.evaluate import evaluate_run
from ddpm_core.runs.checkpoint import load_model
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from jobs.pool.tasks.trajectory import TrajectoryRequest, sample_trajectory
from scripts.make_checkpoints import SHIPPED
from ui.runs import shipped_frames

CHECKPOINTS = Path(__file__).parents[3] / "checkpoints"
MANIFEST: dict[str, Any] = json.loads((CHECKPOINTS / "MANIFEST.json").read_text(encoding="utf-8"))
CLASSES = 10


@pytest.mark.parametrize("name", MANIFEST)
def test_every_checkpoint_is_the_one_the_manifest_describes(name: str) -> None:
    run = RunFolder(CHECKPOINTS / name)
    assert [str(epoch) for epoch in run.epochs] == list(MANIFEST[name]["epochs"])
    for epoch in run.epochs:
        stated = MANIFEST[name]["epochs"][str(epoch)]
        data = run.checkpoint(epoch).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (stated["sha256"], stated["bytes"])
        header = load_model(run.checkpoint(epoch))[1]
        assert (header.epoch, header.step, header.config) == (epoch, stated["step"], run.config)


@pytest.mark.parametrize("name", MANIFEST)
def test_the_curves_are_there_from_the_first_step_to_the_last(name: str) -> None:
    run = RunFolder(CHECKPOINTS / name)
    steps, ends = CsvLog(run.metrics, TrainStep).rows(), CsvLog(run.epoch_metrics, EpochEnd).rows()
    assert [row.step for row in steps] == list(range(1, ends[-1].step + 1))
    assert [row.epoch for row in ends] == list(range(run.config.num_epochs + 1))
    for epoch in run.epochs:
        assert MANIFEST[name]["epochs"][str(epoch)]["held_out_loss_ema"] == ends[epoch].val_loss_ema
        assert run.samples(epoch).is_file() == (run.config.kind in KINDS_THAT_SAMPLE)
        assert run.denoise(epoch).is_file()


def test_all_that_ships_fits_into_40_mb() -> None:
    assert sum(path.stat().st_size for path in CHECKPOINTS.rglob("*") if path.is_file()) <= 40e6


def test_the_manifest_describes_every_run_and_how_to_train_it() -> None:
    assert list(MANIFEST) == list(SHIPPED)
    for name, about in MANIFEST.items():
        assert about["command"] == f"python -m ddpm_core train {SHIPPED[name]} --num-threads 1 --out checkpoints/{name}"


@pytest.mark.parametrize(
    ("name", "epoch", "accuracy", "floors", "recall"), [("sprites", 32, 0.95, 5, 0.5), ("mnist", 20, 0.97, 8, 0.0)]
)
def test_the_manifest_holds_what_is_promised(
    name: str, epoch: int, accuracy: float, floors: float, recall: float
) -> None:
    """Fréchet distance at most so many times that of as many real pictures; nothing copied from the training set."""
    quality = MANIFEST[name]["epochs"][str(epoch)]["quality"]
    assert quality["num_samples"] == 1000
    assert (quality["sampling"]["sampler"], quality["sampling"]["num_sampling_steps"]) == ("ddim", 50)
    assert quality["class_accuracy"]["samples"] >= accuracy
    assert quality["frechet"]["samples"] <= floors * quality["frechet"]["real"]
    assert quality["recall"]["samples"] >= recall
    assert quality["nearest_training"]["samples"] >= quality["nearest_training"]["real"]


def test_the_shipped_frames_are_what_the_shipped_run_computes() -> None:
    shipped = shipped_frames.load("home")
    request = TrajectoryRequest(str(CHECKPOINTS / shipped.run), shipped.epochs, shipped.sample)
    computed = sample_trajectory(request, lambda _done, _total: None)
    for kind, pictures in shipped.trajectory.frames.items():
        difference = np.abs(computed.frames[kind].astype(int) - pictures)
        assert np.quantile(difference, 0.99) <= 2, kind  # of 255: other machines round otherwise


@pytest.mark.soak
def test_the_last_epoch_draws_what_is_asked_and_the_untrained_network_draws_by_chance() -> None:
    run = RunFolder(CHECKPOINTS / "sprites")
    request = SampleConfig(num_sampling_steps=20)
    trained, untrained = (evaluate_run(run, epoch, 200, request) for epoch in (32, 0))
    assert trained.class_accuracy is not None
    assert trained.class_accuracy.samples >= 0.95
    assert untrained.class_accuracy is not None
    assert untrained.class_accuracy.samples <= 2 / CLASSES
