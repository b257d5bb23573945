"""Scoring an epoch in the background: what comes back, and whom it keeps waiting."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from ddpm_core.config import SampleConfig, TrainConfig
from ddpm_core.quality import classifier
from ddpm_core.quality.evaluate import evaluate_run
from ddpm_core.runs.folder import RunFolder
from ddpm_core.training.trainer import train
from jobs.pool import pool
from jobs.pool.cache import RequestFolder
from jobs.pool.tasks import TASKS
from jobs.pool.tasks.score_epoch import NUM_SAMPLES, SAMPLE, Score, ScoreRequest, score_epoch
from jobs.pool.tasks.trajectory import TrajectoryRequest
from tests.support.processes import WaitFor, pool_processes
from tests.support.runs import TINY

FEW = SampleConfig(sampler="dpmpp_2m", num_sampling_steps=3)


pytestmark = pytest.mark.usefixtures("end_pool")


@pytest.fixture
def quick_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("NUM_STEPS", 8), ("TRAIN_PICTURES", 256), ("TEST_PICTURES", 64)):
        monkeypatch.setattr(classifier, name, value)


@pytest.mark.usefixtures("quick_classifier")
def test_a_score_is_the_report_and_survives_the_disk(run_path: str, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    score = score_epoch(ScoreRequest(run_path, 2, 20, FEW), lambda done, total: told.append((done, total)))
    assert score.report == evaluate_run(RunFolder(Path(run_path)), 2, 20, FEW)
    assert (score.report.epoch, score.report.num_samples, score.report.sampling.num_sampling_steps) == (2, 20, 3)
    assert score.report.class_accuracy is not None
    assert score.report.frechet is not None
    assert told == sorted(told)
    assert (told[0][0], told[-1]) == (50 // 8, (100, 100))
    score.save(tmp_path / "score.npz")
    assert Score.load(tmp_path / "score.npz") == score


def test_a_damaged_score_is_named(tmp_path: Path) -> None:
    path = tmp_path / "score.npz"
    path.write_bytes(b"half")
    with pytest.raises(ValueError, match=r"score\.npz is damaged"):
        Score.load(path)
    np.savez(path, report=np.frombuffer(b'{"run": 1}', np.uint8))
    with pytest.raises(ValueError, match=r"score\.npz is damaged"):
        Score.load(path)


@pytest.mark.usefixtures("quick_classifier")
def test_a_network_that_was_told_no_classes_is_not_asked_for_any(tmp_path: Path) -> None:
    for _ in train(replace(TINY, num_epochs=1, class_conditional=False), tmp_path / "run"):
        pass
    report = evaluate_run(RunFolder(tmp_path / "run"), 1, 20, FEW)
    assert report.class_accuracy is None
    assert report.frechet is not None
    assert report.frechet.real < report.frechet.samples


def test_an_epoch_without_checkpoint_cannot_be_scored(run_path: str) -> None:
    with pytest.raises(ValueError, match="epoch is 7"):
        pool.submit("score_epoch", ScoreRequest(run_path, 7))


def test_what_cannot_be_scored_says_why(tmp_path: Path) -> None:
    blind = replace(TINY.unet, time_conditioned=False)
    config = TrainConfig(
        data=TINY.data, unet=blind, prediction_type="x0", class_conditional=False, denoiser_sigma=0.5, num_epochs=1,
        num_threads=1,
    )  # fmt: skip
    for _ in train(config, tmp_path / "run"):
        pass
    with pytest.raises(ValueError, match="one-step denoiser makes no pictures"):
        score_epoch(ScoreRequest(str(tmp_path / "run"), 1), lambda done, total: None)


def test_scoring_keeps_nobody_waiting_and_runs_below_training(
    run_path: str, wait_for: WaitFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DDPM_NICE", "0")  # as for workers: further back, nothing at all may happen on a busy machine
    assert TASKS["score_epoch"].background
    assert (NUM_SAMPLES, SAMPLE.guidance_scale) == (300, 1.0)
    before = pool_processes()
    request = ScoreRequest(run_path, 2, 2_000, SampleConfig(num_sampling_steps=50))
    slow = pool.submit("score_epoch", request)
    wait_for(lambda: RequestFolder.of("score_epoch", request).begun, 120)
    (scorer,) = pool_processes() - before
    if os.name == "posix":
        assert scorer.nice() == max(5, psutil.Process().nice())
        assert os.getsid(scorer.pid) == scorer.pid
    picture = pool.submit("sample_trajectory", TrajectoryRequest(run_path, (2,), SampleConfig(num_sampling_steps=4)))
    assert picture.result(timeout=120).epochs == (2,)
    assert slow.state == "running"
    slow.cancel()
