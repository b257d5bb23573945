"""Evaluating runs on datasets of one's own: a classifier for each content, and words where pictures are too few."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ddpm_core.config import DataConfig, SampleConfig, TrainConfig
from ddpm_core.data.own.datasets import add_pictures, save_own
from ddpm_core.data.own.files import load_own
from ddpm_core.data.own.imported import Imported
from ddpm_core.quality import classifier
from ddpm_core.quality.classifier import load_classifier
from ddpm_core.quality.evaluate import evaluate_run
from ddpm_core.runs.events import EpochEnd
from ddpm_core.runs.folder import RunFolder
from ddpm_core.training.trainer import train
from tests.support.toys import toy_dataset, untrained_run

FAST = SampleConfig(num_sampling_steps=2)


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(classifier, "NUM_STEPS", 20)
    monkeypatch.setattr("ddpm_core.training.previews.PREVIEW_STEPS", 4)


def keep(name: str, num: int, names: tuple[str, ...] = ("left", "right")) -> None:
    toys = toy_dataset(num, 1)
    save_own(name, Imported(toys.images, toys.labels % max(len(names), 1), names, "toys.zip", ()))


@pytest.fixture
def make_run(tmp_path: Path, tiny_run: Callable[..., TrainConfig]) -> Callable[[str], RunFolder]:
    def make(name: str) -> RunFolder:
        info = load_own(name).info
        config = tiny_run(data=DataConfig(name, num_pictures=0), class_conditional=bool(info.class_names))
        return untrained_run(tmp_path / "run", config, info)

    return make


@pytest.mark.parametrize(("num", "names"), [(200, ("left", "right")), (3, ()), (2, ("only",))])
def test_own_pictures_are_trained_on_however_few(
    tmp_path: Path, tiny_run: Callable[..., TrainConfig], num: int, names: tuple[str, ...]
) -> None:
    keep("toys", num, names)
    data = DataConfig("toys", num_pictures=0, flip=True, shift=2)
    events = list(train(tiny_run(data=data, num_epochs=1, class_conditional=bool(names)), tmp_path / "run"))
    assert [event.epoch for event in events if isinstance(event, EpochEnd)] == [0, 1]
    assert all(np.isfinite(event.val_loss) for event in events if isinstance(event, EpochEnd))
    assert RunFolder(tmp_path / "run").data_info == load_own("toys").info
    assert RunFolder(tmp_path / "run").samples(1).is_file()


def test_a_run_on_own_pictures_is_evaluated_as_any_other(make_run: Callable[[str], RunFolder]) -> None:
    keep("toys", 240)
    report = evaluate_run(make_run("toys"), 1, 12, FAST)
    assert report.num_training == 216
    assert report.classifier is not None
    assert report.classifier.accuracy == 1
    assert report.class_accuracy is not None
    assert report.class_accuracy.real == 1


def test_too_few_held_out_pictures_are_named_with_what_would_do(make_run: Callable[[str], RunFolder]) -> None:
    keep("toys", 240)
    run = make_run("toys")
    with pytest.raises(ValueError, match=r"num_samples is 13, but dataset toys holds out 24 .*; allowed: 10 to 12\."):
        evaluate_run(run, 1, 13, FAST)


def test_a_dataset_that_is_too_small_for_any_evaluation(make_run: Callable[[str], RunFolder]) -> None:
    keep("toys", 100)
    with pytest.raises(ValueError, match="allowed: none: add pictures until it holds out 20"):
        evaluate_run(make_run("toys"), 1, 10, FAST)


@pytest.mark.parametrize("names", [(), ("only",)])
def test_one_class_or_none_needs_no_classifier(make_run: Callable[[str], RunFolder], names: tuple[str, ...]) -> None:
    keep("toys", 240, names)
    report = evaluate_run(make_run("toys"), 1, 10, FAST)
    assert report.classifier is report.class_accuracy is None
    with pytest.raises(ValueError, match=r"classes of dataset toys.*allowed: two or more"):
        load_classifier("toys")


def test_a_classifier_is_trained_again_when_the_pictures_change(runs_dir: Path) -> None:
    keep("toys", 60)
    folder = runs_dir / "cache" / "classifiers"
    first = load_classifier("toys")
    assert load_classifier("toys").sha256 == first.sha256
    assert len(list(folder.iterdir())) == 1
    add_pictures("toys", np.full((9, 8, 8, 1), 7, np.uint8), "left")
    load_classifier("toys")
    assert len(list(folder.iterdir())) == 2
