"""Sample from a checkpoint and measure the samples against held-out pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ddpm_core.config import KINDS_THAT_SAMPLE, SampleConfig, TrainConfig
from ddpm_core.data import load_dataset
from ddpm_core.errors import Message, require, require_between
from ddpm_core.hardware import pick_device
from ddpm_core.network.base import Network
from ddpm_core.pictures.tensors import at_rest, to_tensor
from ddpm_core.quality.classifier import Progress, TrainedClassifier, classify, load_classifier
from ddpm_core.quality.features import RandomFeatures, standardised
from ddpm_core.quality.measures import chance_smaller, frechet_distance, nearest_distances, precision_recall
from ddpm_core.quality.points import compare_clouds
from ddpm_core.quality.report import ClassifierNote, Measure, QualityReport
from ddpm_core.runs.checkpoint import load_model
from ddpm_core.runs.folder import RunFolder
from ddpm_core.sampler import picture_labels, sample_pictures
from ddpm_core.schedule import NoiseSchedule

MIN_SAMPLES, MAX_SAMPLES = 10, 5_000
"""Twice as many held-out pictures are needed, and DataConfig allows 10,000."""

BATCH = 250
REFERENCE = 5_000
"""Training pictures over which features are standardised."""


@dataclass(frozen=True)
class Pictures:
    """What is compared, each (N, C, H, W) in [-1, 1]; `others` are real pictures in the place of samples."""

    samples: Tensor
    real: Tensor
    others: Tensor
    training: Tensor


def evaluate_run(
    run: RunFolder,
    epoch: int,
    num_samples: int = 1_000,
    sample_config: SampleConfig | None = None,
    *,
    progress: Progress | None = None,
) -> QualityReport:
    """Measure one checkpoint's samples: how right, how real, how varied, how new.

    sample_config: None is DDIM-50, guidance 1; its labels are () for every class in turn, or (-1,) for none, and its
    num_pictures is num_samples. progress hears of the stages "classifier" and "samples".
    Raises ValueError for a one-step denoiser, a wrong number of samples, other labels, or data that is not there.
    """
    config = _sampling(run.config, num_samples, sample_config or SampleConfig())
    header = run.header(epoch)
    training, held_out, labels = _real_pictures(run, num_samples)
    points = run.config.kind == "points"
    judged = len(run.data_info.class_names) > 1 and not points
    judge = load_classifier(run.data_info.name, progress) if judged else None
    model, _ = load_model(run.checkpoint(epoch), str(pick_device(replace(run.config, device="auto"))))
    samples = _sample(model, run, config, progress)
    pictures = Pictures(samples, held_out[:num_samples], held_out[num_samples:], training)
    asked = torch.tensor(picture_labels(config, model.num_classes))
    nearest_training, closer = _memorisation(pictures, scale=1 if points else 2)
    features = None if points else _features(pictures, RandomFeatures(model.in_channels))
    return QualityReport(
        run=run.path.name,
        epoch=epoch,
        sha256=header.sha256,
        num_samples=num_samples,
        num_training=len(training),
        sampling=config,
        random_frechet=_frechet(*features) if features else None,
        **_judged(judge, pictures, asked, labels[num_samples:]),
        nearest_training=nearest_training,
        closer_than_held_out=closer,
        **(compare_clouds(samples, pictures.real, pictures.others, asked, labels) if points else {}),
    )


def _sampling(config: TrainConfig, num_samples: int, sampling: SampleConfig) -> SampleConfig:
    if config.kind not in KINDS_THAT_SAMPLE:
        raise ValueError(Message("quality.one_step", sigma=config.denoiser_sigma))
    require_between("num_samples", num_samples, MIN_SAMPLES, MAX_SAMPLES)
    # Real pictures are of every class, so samples must be too.
    require(sampling.labels in ((), (-1,)), "labels", sampling.labels, Message("allowed.every_class"))
    return replace(sampling, num_pictures=num_samples)


def _real_pictures(run: RunFolder, num: int) -> tuple[Tensor, Tensor, Tensor]:
    """Training pictures, and 2 num held-out ones with their labels."""
    config = replace(run.config.data, num_validation=2 * num)
    training, held_out = load_dataset(config, "train"), load_dataset(config, "validation")
    own = Message("allowed.own_data", info=run.data_info)
    require(held_out.info == run.data_info, Message("what.dataset"), held_out.info, own)
    if len(held_out.images) < 2 * num:  # a dataset of one's own holds out what it has
        most, least = len(held_out.images) // 2, 2 * MIN_SAMPLES
        fewer, more = Message("allowed.range", low=MIN_SAMPLES, high=most), Message("allowed.more_held_out", num=least)
        allowed, name = fewer if most >= MIN_SAMPLES else more, run.data_info.name
        there = len(held_out.images)
        raise ValueError(Message("quality.too_few_held_out", num=num, name=name, held_out=there, allowed=allowed))
    return to_tensor(training.images), to_tensor(held_out.images), torch.from_numpy(held_out.labels)


def _sample(model: Network, run: RunFolder, config: SampleConfig, progress: Progress | None) -> Tensor:
    """num_pictures samples; pictures rounded to 256 shades as real ones are."""
    schedule, size = NoiseSchedule(run.config.schedule), (run.data_info.height, run.data_info.width)
    total = config.num_pictures
    samples: list[NDArray[Any]] = []
    for first in range(0, total, BATCH):
        num = min(BATCH, total - first)
        steps = sample_pictures(model, schedule, run.config.prediction_type, config, size, first=first, num=num)
        for step in steps:
            if progress:
                progress("samples", first + num * (step.i + 1) // step.n, total)
        samples.append(at_rest(step.x0_hat, points=run.config.kind == "points"))
    return to_tensor(np.concatenate(samples))


def _features(pictures: Pictures, network: Callable[[Tensor], Tensor]) -> list[Tensor]:
    """Of samples, real pictures and others, standardised over training pictures."""
    reference = pictures.training[:REFERENCE]
    return standardised(network, reference, pictures.samples, pictures.real, pictures.others)


def _frechet(samples: Tensor, real: Tensor, others: Tensor) -> Measure:
    return Measure(frechet_distance(samples, real), frechet_distance(others, real))


def _judged(judge: TrainedClassifier | None, pictures: Pictures, asked: Tensor, labels: Tensor) -> dict[str, Any]:
    """What the classifier and its features say. asked: classes of the samples, -1 for none; labels: of `others`."""
    if judge is None:
        return dict.fromkeys(("classifier", "class_accuracy", "frechet", "precision", "recall"))
    samples, real, others = _features(pictures, judge.model.features)
    ours, theirs = precision_recall(real, samples), precision_recall(real, others)
    accuracy = None
    if bool((asked >= 0).any()):
        right = classify(judge.model, pictures.samples) == asked, classify(judge.model, pictures.others) == labels
        accuracy = Measure(*(float(r.double().mean()) for r in right))
    return {
        "classifier": ClassifierNote(judge.sha256, judge.accuracy),
        "class_accuracy": accuracy,
        "frechet": _frechet(samples, real, others),
        "precision": Measure(ours[0], theirs[0]),
        "recall": Measure(ours[1], theirs[1]),
    }


def _memorisation(pictures: Pictures, scale: int) -> tuple[Measure, Measure]:
    def nearest(x: Tensor) -> Tensor:
        return nearest_distances(x, pictures.training) / scale  # [-1, 1] is twice as wide as [0, 1]

    samples, others = nearest(pictures.samples), nearest(pictures.others)
    distance = Measure(float(samples.median()), float(others.median()))
    return distance, Measure(chance_smaller(samples, others), 0.5)
