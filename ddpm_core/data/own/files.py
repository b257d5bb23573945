"""How a dataset of the learner's own lies on disk: images.npy, labels.npy and dataset.json in one folder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ddpm_core.atomic import replacing
from ddpm_core.config import from_dict
from ddpm_core.data import idx_sets, points
from ddpm_core.data.dataset import DataInfo, Dataset, data_dir
from ddpm_core.data.own.arrays import read_npy
from ddpm_core.data.own.imported import DESCRIPTION, Step
from ddpm_core.errors import Message, require

FORMAT, FORMAT_VERSION = "ddpm-lab-dataset", 1
RESERVED = ("sprites", "digits", *idx_sets.IDX_SETS, *points.CLASS_NAMES, "points", "drawing", "upload")
"""Names that mean something else, in `data.name` or on a page."""

_NAME = re.compile(r"[^\W_][\w-]{0,39}")
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)  # Windows makes no folder of these names


@dataclass(frozen=True)
class OwnDataset:
    """What dataset.json says."""

    height: int
    width: int
    channels: int
    class_names: tuple[str, ...]
    num: int
    """How many pictures there are: while some are being added, the arrays may hold more."""
    source: str
    steps: tuple[Step, ...]
    """What was done to the pictures when they were imported."""
    content: str
    """Hash of pictures, labels and classes."""

    def info(self, name: str) -> DataInfo:
        return DataInfo(name, self.height, self.width, self.channels, self.class_names)


def entries() -> list[Path]:
    """What lies in data_dir(), hidden files left out."""
    folder = data_dir()
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []


def is_own(name: str) -> bool:
    """Whether there is a dataset of that name, damaged or not."""
    return bool(_NAME.fullmatch(name)) and name not in RESERVED and (data_dir() / name / DESCRIPTION).is_file()


def require_new(name: str) -> None:
    """Raise ValueError, with the remedy, for a name that a new dataset cannot have."""
    fits = bool(_NAME.fullmatch(name)) and unicodedata.normalize("NFC", name) == name
    require(fits, Message("what.new_name"), name, Message("allowed.dataset_name"))
    if name.lower() in RESERVED or _DEVICES.fullmatch(name):
        raise ValueError(Message("dataset.reserved", name=name))
    if name.lower() in {path.name.lower() for path in entries()}:
        raise ValueError(Message("dataset.taken", name=name, folder=data_dir()))


def read_description(name: str) -> OwnDataset:
    """What a dataset's dataset.json says. Raises ValueError when it is not there or damaged."""
    there = ", ".join(path.name for path in entries() if is_own(path.name))
    require(is_own(name), Message("what.dataset_name"), name, there or Message("allowed.none_imported"))
    try:
        values = json.loads((data_dir() / name / DESCRIPTION).read_text(encoding="utf-8"))
        require(isinstance(values, dict), Message("what.content"), values, Message("allowed.object"))
        found = (values.pop("format", None), values.pop("format_version", None))
        require(found == (FORMAT, FORMAT_VERSION), Message("what.format"), found, f"{(FORMAT, FORMAT_VERSION)}")
        steps = tuple(from_dict(Step, step) for step in values.pop("steps"))
        described = from_dict(OwnDataset, {**values, "steps": steps})
        require(described.num >= 1, "num", described.num, Message("allowed.one_or_more"))
        described.info(name)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _damaged(name, error) from error
    return described


def load_own(name: str) -> Dataset:
    """All pictures of a dataset, in the order they came in.

    Raises: ValueError, with the remedy, when it is not there or damaged.
    """
    described, folder = read_description(name), data_dir() / name
    try:
        # Copies: a mapped file could not be replaced on Windows.
        images, labels = (np.array(read_npy(folder / f, f)[: described.num]) for f in ("images.npy", "labels.npy"))
        require(len(images) == described.num, Message("what.num_pictures"), len(images), str(described.num))
        return Dataset(images, labels, described.info(name))
    except (ValueError, IndexError, FileNotFoundError) as error:
        raise _damaged(name, error) from error


def write(folder: Path, dataset: Dataset, source: str, steps: tuple[Step, ...]) -> None:
    """The description comes last: until then the one before holds, and the arrays begin with what it describes."""
    for file, array in (("images.npy", dataset.images), ("labels.npy", dataset.labels)):
        with replacing(folder / file) as temporary, temporary.open("wb") as out:
            np.save(out, array, allow_pickle=False)
    describe(folder, dataset, source, steps)


def describe(folder: Path, dataset: Dataset, source: str, steps: tuple[Step, ...]) -> None:
    """Write dataset.json alone: enough where the dataset is the beginning of what the arrays hold."""
    info = dataset.info
    described = OwnDataset(
        info.height, info.width, info.channels, info.class_names, len(dataset.images), source, steps, _content(dataset)
    )
    values: dict[str, Any] = {"format": FORMAT, "format_version": FORMAT_VERSION, **dataclasses.asdict(described)}
    with replacing(folder / DESCRIPTION) as temporary:
        temporary.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _content(dataset: Dataset) -> str:
    digest = hashlib.blake2b(repr((dataset.images.shape, dataset.info.class_names)).encode(), digest_size=16)
    digest.update(dataset.images.tobytes())
    digest.update(dataset.labels.tobytes())
    return digest.hexdigest()


def _damaged(name: str, error: Exception) -> ValueError:
    return ValueError(Message("dataset.damaged", name=name, reason=error, folder=data_dir() / name))
