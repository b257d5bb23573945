"""Quality measures against scipy, closed forms and brute force; the classifier's cache; a report from end to end."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from ddpm_core.cli.commands import main
from ddpm_core.config import DataConfig, SampleConfig, TrainConfig, UNetConfig, from_dict, to_dict
from ddpm_core.data import Dataset
from ddpm_core.pictures.tensors import to_tensor
from ddpm_core.quality import classifier, evaluate
from ddpm_core.quality.classifier import load_classifier
from ddpm_core.quality.evaluate import evaluate_run
from ddpm_core.quality.features import RandomFeatures, standardised
from ddpm_core.quality.measures import (
    chance_smaller,
    frechet_distance,
    gaussian_frechet,
    nearest_distances,
    precision_recall,
)
from ddpm_core.quality.report import MEASURES, QualityReport, table
from ddpm_core.runs.checkpoint import build_model, save_checkpoint
from ddpm_core.runs.folder import RunFolder
from tests.support.toys import TOY_INFO, toy_dataset, untrained_run

MakeRun = Callable[..., RunFolder]


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# --- Fréchet distance -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rank", [12, 5])
def test_frechet_equals_scipys_matrix_root(rank: int) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    (a, b), (m, n) = normal(2, 12, rank), normal(2, 12, seed=1)
    cov1, cov2 = a @ a.T, b @ b.T
    # A root of a singular product is ill-conditioned; a ridge of 1e-9 makes scipy's stable and moves the result less.
    ridge = 1e-9 * np.eye(12)
    root = linalg.sqrtm((cov1.numpy() + ridge) @ (cov2.numpy() + ridge)).real
    expected = float((m - n).square().sum() + (cov1 + cov2).trace()) - 2 * np.trace(root)
    assert gaussian_frechet(m, cov1, n, cov2) == pytest.approx(expected, rel=1e-5 if rank < 12 else 1e-9)


def test_frechet_of_two_diagonal_gaussians_in_closed_form() -> None:
    s1, s2, shift = torch.tensor([1.0, 2.0, 0.5]).double(), torch.tensor([3.0, 2.0, 0.0]).double(), normal(3)
    expected = float(((s1 - s2) ** 2).sum() + (shift**2).sum())
    turn = torch.linalg.qr(normal(3, 3, seed=4)).Q
    cov1, cov2 = (turn @ torch.diag(s**2) @ turn.T for s in (s1, s2))
    assert gaussian_frechet(shift, cov1, torch.zeros(3).double(), cov2) == pytest.approx(expected, abs=1e-7)


def test_frechet_of_samples_approaches_that_of_their_gaussians() -> None:
    a, b = normal(200_000, 3), 2 * normal(200_000, 3, seed=1) + 1
    # 3 (2 - 1)^2 + 3 * 1^2; the deviation of its terms at this size is below 0.02.
    assert frechet_distance(a, b) == pytest.approx(6.0, abs=0.06)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-9)
    assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-9)


def test_frechet_falls_with_more_pictures_so_sizes_must_agree() -> None:
    floors = [frechet_distance(normal(n, 32), normal(n, 32, seed=1)) for n in (50, 500, 5000)]
    assert floors[0] > 5 * floors[1] > 25 * floors[2]
    with pytest.raises(ValueError, match=r"\(5, 2\), \(6, 2\)"):
        frechet_distance(normal(5, 2), normal(6, 2))


# --- precision, recall, memorisation ----------------------------------------------------------------------------


def test_precision_and_recall_by_brute_force() -> None:
    real, samples = normal(40, 2), 0.6 * normal(40, 2, seed=1) + 1

    def inside(point: Tensor, manifold: Tensor) -> bool:
        radii = [sorted(math.dist(p, q) for q in manifold)[3] for p in manifold]
        return any(math.dist(point, p) <= radius for p, radius in zip(manifold, radii, strict=True))

    precision = sum(inside(s, real) for s in samples) / 40
    recall = sum(inside(r, samples) for r in real) / 40
    assert {0.0, 1.0}.isdisjoint({precision, recall})
    assert precision_recall(real, samples) == (precision, recall)


def test_a_sampler_that_forgot_a_mode_keeps_precision_and_loses_recall() -> None:
    modes = torch.tensor([[-10.0, 0.0], [10.0, 0.0]]).double()
    real = normal(400, 2) + modes[torch.arange(400) % 2]
    samples = normal(400, 2, seed=1) + modes[0]
    precision, recall = precision_recall(real, samples)
    assert precision > 0.95
    assert 0.45 < recall <= 0.5
    assert precision_recall(real, samples + 100) == (0, 0)
    with pytest.raises(ValueError, match="at least 4"):
        precision_recall(real[:3], samples[:3])


def test_nearest_distances_equal_scipys_and_a_copy_has_none() -> None:
    distance = pytest.importorskip("scipy.spatial.distance")
    pictures, training = normal(300, 1, 4, 4), normal(500, 1, 4, 4, seed=1)
    pictures[7] = training[123]
    expected = distance.cdist(pictures.flatten(1), training.flatten(1)).min(1)
    assert nearest_distances(pictures, training).numpy() == pytest.approx(expected, abs=1e-6)
    assert nearest_distances(pictures, training)[7] == 0


def test_chance_smaller_is_mann_and_whitneys_u_over_the_pairs() -> None:
    stats = pytest.importorskip("scipy.stats")
    a, b = torch.tensor([1.0, 2, 2, 5]), torch.tensor([2.0, 3, 0])
    u = stats.mannwhitneyu(b, a).statistic
    assert chance_smaller(a, b) == pytest.approx(u / 12)
    assert chance_smaller(a, a) == 0.5


# --- features and classifier ------------------------------------------------------------------------------------


def test_random_features_are_the_same_every_time_and_standardised_over_the_reference() -> None:
    x = to_tensor(toy_dataset(60, 1).images)
    assert torch.equal(RandomFeatures(1)(x), RandomFeatures(1)(x))
    (features,) = standardised(RandomFeatures(1), x, x)
    assert features.shape == (60, 128)
    assert features.dtype == torch.float64
    torch.testing.assert_close(features.mean(0), torch.zeros(128).double(), rtol=0, atol=1e-9)
    deviations = features.std(0)
    assert deviations.max() == pytest.approx(1)
    assert (deviations > 0.99).sum() > 64, "all but the features that hardly vary"


def test_sprites_are_classified_nearly_without_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "TRAIN_PICTURES", 2_000)
    monkeypatch.setattr(classifier, "TEST_PICTURES", 500)
    monkeypatch.setattr(classifier, "NUM_STEPS", 80)
    assert load_classifier("sprites").accuracy >= 0.98


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Toy pictures whatever the config names, and a classifier that trains in a second."""

    def load(config: DataConfig, split: str) -> Dataset:
        num, seed = (config.num_pictures, 1) if split == "train" else (config.num_validation, 2)
        return toy_dataset(num, seed)

    for module in (classifier, evaluate):
        monkeypatch.setattr(module, "load_dataset", load)
    monkeypatch.setattr(classifier, "TRAIN_PICTURES", 400)
    monkeypatch.setattr(classifier, "TEST_PICTURES", 100)
    monkeypatch.setattr(classifier, "NUM_STEPS", 20)


@pytest.mark.usefixtures("toy")
def test_a_classifier_is_trained_once_and_again_when_its_file_is_damaged(runs_dir: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    torch.manual_seed(5)
    first = load_classifier("toy", progress=lambda *call: calls.append(call))
    after = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(3)), "the global seed was touched"
    assert calls[0] == ("classifier", 1, 20)
    assert calls[-1] == ("classifier", 20, 20)
    assert first.accuracy == 1

    again = load_classifier("toy", progress=lambda *call: calls.append(call))
    assert len(calls) == 20
    assert (again.sha256, again.accuracy) == (first.sha256, first.accuracy)

    (file,) = (runs_dir / "cache" / "classifiers").iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    assert load_classifier("toy").sha256 == first.sha256


# --- a whole report ---------------------------------------------------------------------------------------------


@pytest.fixture
def make_run(tmp_path: Path, tiny_run: Callable[..., TrainConfig]) -> MakeRun:
    def make(**changes: object) -> RunFolder:
        return untrained_run(tmp_path / "run", tiny_run(**changes))

    return make


FAST = SampleConfig(num_sampling_steps=2)


@pytest.mark.usefixtures("toy")
def test_a_report_states_its_settings_and_is_the_same_every_time(make_run: MakeRun) -> None:
    run = make_run()
    stages: dict[str, tuple[int, int]] = {}
    report = evaluate_run(run, 1, 40, FAST, progress=lambda stage, done, total: stages.update({stage: (done, total)}))
    assert report == evaluate_run(run, 1, 40, FAST)
    assert stages == {"classifier": (20, 20), "samples": (40, 40)}
    assert report.sampling == replace(FAST, num_pictures=40)
    assert (report.run, report.epoch, report.num_samples, report.num_training) == ("run", 1, 40, 40)
    assert report.sha256 == run.header(1).sha256
    assert report.classifier is not None
    assert len(report.classifier.sha256) == 64
    assert from_dict(QualityReport, json.loads(json.dumps(to_dict(report)))) == report
    assert all(words in table(report, "diffusion") for _, words, _ in MEASURES["diffusion"])


@pytest.mark.usefixtures("toy")
def test_the_command_prints_the_report_as_json_and_the_table_beside_it(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = make_run(), tmp_path / "report.json"
    options = ["--num-samples", "20", "--num-sampling-steps", "2", "--guidance-scale", "2", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["ddpm_core", "evaluate", str(run.path), *options])
    main()
    printed = capsys.readouterr()
    report = from_dict(QualityReport, json.loads(printed.out))
    assert json.loads(out.read_text()) == json.loads(printed.out)
    assert report == evaluate_run(run, 1, 20, replace(FAST, guidance_scale=2.0))
    assert table(report, "diffusion") in printed.err
    assert "20 samples (ddim, 2 steps, guidance 2, seed 0)" in printed.err


def the_network_draws(data: Dataset, patch: pytest.MonkeyPatch) -> None:
    """In one step, and whatever it was taught."""

    def sample_pictures(*_: object, first: int, num: int) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(i=0, n=1, x0_hat=to_tensor(data.images)[first : first + num])

    patch.setattr(evaluate, "sample_pictures", sample_pictures)


@pytest.mark.usefixtures("toy")
def test_noise_scores_worse_than_real_pictures_and_real_pictures_like_real_ones(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run()
    noise = evaluate_run(run, 1, 100, FAST)
    the_network_draws(toy_dataset(100, 3), monkeypatch)
    fresh = evaluate_run(run, 1, 100, FAST)
    assert fresh.class_accuracy is not None
    assert fresh.class_accuracy.samples == fresh.class_accuracy.real == 1
    for measure in ("frechet", "random_frechet"):
        bad, good = getattr(noise, measure), getattr(fresh, measure)
        assert bad.real == good.real, "the floor does not depend on the samples"
        assert 20 * good.real < bad.samples
        assert good.samples < 5 * good.real
    assert noise.precision is not None
    assert fresh.precision is not None
    assert noise.precision.samples < 0.1 < 0.8 < fresh.precision.samples
    assert fresh.nearest_training.samples == pytest.approx(fresh.nearest_training.real, rel=0.05)
    assert fresh.closer_than_held_out.samples == pytest.approx(0.5, abs=0.15)


@pytest.mark.usefixtures("toy")
def test_copies_of_training_pictures_are_found_out(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    the_network_draws(toy_dataset(40, 1), monkeypatch)
    report = evaluate_run(make_run(), 1, 40, FAST)
    assert report.nearest_training.samples == 0 < report.nearest_training.real
    assert report.closer_than_held_out.samples == 1


@pytest.mark.usefixtures("toy")
def test_a_network_without_classes_has_no_class_accuracy(make_run: MakeRun) -> None:
    report = evaluate_run(make_run(class_conditional=False), 1, 20, FAST)
    assert report.class_accuracy is None
    assert report.frechet is not None


def test_pictures_without_classes_need_no_classifier(tmp_path: Path, tiny_run: Callable[..., TrainConfig]) -> None:
    info = replace(TOY_INFO, class_names=())

    def load(config: DataConfig, split: str) -> Dataset:
        return replace(toy_dataset(config.num_validation, 2), info=info)

    config = tiny_run(class_conditional=False)
    run = RunFolder.create(tmp_path / "run", config, info)
    save_checkpoint(run.checkpoint(0), build_model(config, info), 0, 0, config, info)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "load_dataset", load)
        report = evaluate_run(run, 0, 20, FAST)
    assert report.classifier is report.frechet is report.precision is report.recall is None
    assert report.random_frechet.samples > report.random_frechet.real
    assert "no classes" in table(report, "diffusion")


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("num", "sampling", "message"),
    [
        (5, FAST, "num_samples is 5; allowed: 10 to 5000"),
        (5001, FAST, "num_samples is 5001"),
        (20, replace(FAST, labels=(1,)), r"labels is \(1,\).*every class in turn"),
        (20, replace(FAST, num_sampling_steps=41), "num_sampling_steps is 41; allowed: 1 to T = 40"),
    ],
)
def test_wrong_requests_are_named(make_run: MakeRun, num: int, sampling: SampleConfig, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate_run(make_run(), 1, num, sampling)


@pytest.mark.usefixtures("toy")
def test_epochs_data_and_one_step_denoisers_that_cannot_be_evaluated(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="checkpoints of these epochs: 1"):
        evaluate_run(make_run(), 7, 20, FAST)
    unet = UNetConfig(base_channels=8, channel_mults=(1,), num_groups=4, time_conditioned=False)
    config = TrainConfig(unet=unet, prediction_type="x0", class_conditional=False, denoiser_sigma=0.5)
    denoiser = RunFolder.create(tmp_path / "denoiser", config, TOY_INFO)
    with pytest.raises(ValueError, match="makes no pictures from noise"):
        evaluate_run(denoiser, 1, 20, FAST)
    other = replace(TOY_INFO, class_names=("right", "left"))
    monkeypatch.setattr(evaluate, "load_dataset", lambda *_: replace(toy_dataset(40, 1), info=other))
    with pytest.raises(ValueError, match="the run's own"):
        evaluate_run(make_run(), 1, 20, FAST)


def test_a_report_is_read_without_torch() -> None:
    code = "import sys, ddpm_core.quality.report; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[3]).returncode == 0
