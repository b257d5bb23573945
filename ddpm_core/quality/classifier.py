"""The judge of samples: a small convolutional classifier, trained once per dataset and kept in the cache."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file
from torch import Tensor, nn

from ddpm_core.atomic import replacing
from ddpm_core.config import DataConfig
from ddpm_core.data import DataInfo, Dataset, load_dataset, num_training
from ddpm_core.data.own.files import is_own
from ddpm_core.errors import Message, require
from ddpm_core.pictures.tensors import to_tensor
from ddpm_core.runs.folder import weights_hash

RECIPE = 1
"""Raise it when the network or its training changes: classifiers in the cache are then trained again."""

NUM_FEATURES = 64
TRAIN_PICTURES = 20_000
TEST_PICTURES = 2_000
NUM_STEPS = 400
BATCH_SIZE = 128
LEARNING_RATE = 4e-3
SEED = 0

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


class Classifier(nn.Module):
    """Three convolutions, then two linear layers; the first one's output are the features."""

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        widths = ((in_channels, 32, 1), (32, 64, 2), (64, 128, 2))
        # Sixteen places, whatever the picture's size: convolutions this few see too little to do without place.
        self.body = nn.Sequential(*[_conv(*width) for width in widths], nn.AdaptiveAvgPool2d(4), nn.Flatten())
        self.penultimate = nn.Linear(128 * 16, NUM_FEATURES)
        self.head = nn.Linear(NUM_FEATURES, num_classes)

    def features(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [-1, 1] -> (N, NUM_FEATURES)."""
        out: Tensor = F.silu(self.penultimate(self.body(x)))
        return out

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [-1, 1] -> logits (N, num_classes)."""
        out: Tensor = self.head(self.features(x))
        return out


@dataclass(frozen=True)
class TrainedClassifier:
    """A classifier in eval mode, the hash of its weights, and its accuracy on held-out pictures."""

    model: Classifier
    sha256: str
    accuracy: float


def classifier_cache() -> Path:
    """Where trained classifiers lie: cache/classifiers in DDPM_RUNS_DIR, else in `runs` beside the package."""
    runs = Path(os.environ.get("DDPM_RUNS_DIR") or Path(__file__).parents[2] / "runs")
    return runs.expanduser() / "cache" / "classifiers"


def load_classifier(name: str, progress: Progress | None = None) -> TrainedClassifier:
    """The classifier of a dataset, out of the cache or trained now (half a minute) and put there.

    Raises ValueError for a dataset that is not there or has no classes.
    """
    own = is_own(name)
    num = min(num_training(name) or TRAIN_PICTURES, TRAIN_PICTURES) if own else TRAIN_PICTURES
    config = DataConfig(name=name, num_pictures=num, num_validation=TEST_PICTURES)
    first = load_dataset(DataConfig(name=name, num_pictures=num if own else BATCH_SIZE), "train")
    classes, what = first.info.class_names, Message("what.dataset_classes", name=name)
    require(len(classes) > 1, what, classes, Message("allowed.two_or_more"))
    path = classifier_cache() / f"{name}-{_key(first, config)}.safetensors"
    cached = _read(path, first.info)
    if cached is not None:
        return cached
    model = _train(load_dataset(config, "train"), progress)
    test = load_dataset(config, "validation")
    accuracy = float((classify(model, to_tensor(test.images)) == torch.from_numpy(test.labels)).double().mean())
    weights = {key: value.numpy() for key, value in model.state_dict().items()}
    with replacing(path) as temporary:
        save_file(weights, temporary, metadata={"accuracy": json.dumps(accuracy)})
    return TrainedClassifier(model, weights_hash(weights), accuracy)


@torch.inference_mode()
def classify(model: Classifier, x: Tensor) -> Tensor:
    """The likeliest class of each picture, (N,)."""
    return torch.cat([model(chunk).argmax(1) for chunk in torch.split(x, 500)])


@contextmanager
def _one_thread() -> Iterator[None]:
    """The order of sums, and so the weights and what they measure, must not depend on the number of cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@_one_thread()
def _train(data: Dataset, progress: Progress | None) -> Classifier:
    # torch initialises layers from its global seed only; the fork leaves that as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model = Classifier(data.info.channels, len(data.info.class_names))
    generator = torch.Generator().manual_seed(SEED)
    labels = torch.from_numpy(data.labels)
    optimizer = torch.optim.AdamW(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=NUM_STEPS)
    for step in range(NUM_STEPS):
        batch = torch.randint(len(labels), (BATCH_SIZE,), generator=generator)
        loss = F.cross_entropy(model(to_tensor(data.images[batch.numpy()])), labels[batch])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if progress:
            progress("classifier", step + 1, NUM_STEPS)
    return model.eval()


def _read(path: Path, info: DataInfo) -> TrainedClassifier | None:
    """The classifier in a cache file; None where there is none or it is damaged, since it can be trained again."""
    if not path.is_file():
        return None
    model = Classifier(info.channels, len(info.class_names))
    try:
        weights = load_file(path)
        model.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
        with safe_open(path, framework="numpy") as file:
            accuracy = float(json.loads(file.metadata()["accuracy"]))
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError):
        return None
    return TrainedClassifier(model.eval(), weights_hash(weights), accuracy)


def _key(first: Dataset, config: DataConfig) -> str:
    """Changes with the recipe, the classes and the pictures, all of one's own or the first few of a built-in set."""
    digest = hashlib.sha256(repr((RECIPE, NUM_STEPS, config, first.info)).encode())
    digest.update(first.images.tobytes())
    digest.update(first.labels.tobytes())
    return digest.hexdigest()[:12]


def _conv(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    conv = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU())
