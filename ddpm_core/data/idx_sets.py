"""Datasets that lie in IDX files: MNIST and Fashion-MNIST, and their download."""

from __future__ import annotations

import hashlib
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddpm_core.data.dataset import Split
from ddpm_core.data.idx import BROKEN_GZIP, decompressed, parse_idx
from ddpm_core.errors import Message

DIGITS = tuple("0123456789")
_SCRATCH, _ABANDONED_SECONDS = "fetch-", 3600.0


@dataclass(frozen=True)
class IdxSet:
    """A dataset of four IDX files: 28 x 28 grey pictures and labels, for training and for tests."""

    class_names: tuple[str, ...]
    mirrors: tuple[str, ...]
    md5: Mapping[str, str]
    """Of the decompressed files: mirrors compress them each in its own way."""


IDX_SETS = {
    "mnist": IdxSet(
        DIGITS,
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        {
            "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
            "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
            "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
            "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
        },
    ),
    "fashion_mnist": IdxSet(
        ("t_shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle_boot"),
        (
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        {
            "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
            "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
            "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
        },
    ),
}


def load_idx(name: str, folder: Path, split: Split) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures, uint8 (N, 28, 28, 1), and labels, int64 (N,), of a dataset of IDX_SETS.

    Raises: ValueError that names the file, what is wrong with it and the remedy.
    """
    prefix = "train" if split == "train" else "t10k"
    images_path, images = _read(name, folder, f"{prefix}-images-idx3-ubyte")
    labels_path, labels = _read(name, folder, f"{prefix}-labels-idx1-ubyte")
    classes = len(IDX_SETS[name].class_names)
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28):
        what = Message("download.no_images", type=f"{images.dtype} {images.shape}")
        raise ValueError(Message("array.damaged", where=images_path, reason=what, remedy=_again(name)))
    if labels.dtype != np.uint8 or labels.ndim != 1:
        what = Message("download.no_labels", type=f"{labels.dtype} {labels.shape}")
    elif len(images) != len(labels):
        file = images_path.name
        what = Message("download.not_one_each", num=len(labels), pictures=len(images), file=file)
    elif labels.max() >= classes:
        what = Message("download.label_too_high", label=labels.max(), most=classes - 1)
    else:
        return images[..., None], labels.astype(np.int64)
    raise ValueError(Message("array.damaged", where=labels_path, reason=what, remedy=_again(name)))


def fetch_idx(name: str, folder: Path, mirrors: Sequence[str] = ()) -> None:
    """Download the files of IDX_SETS[name] that are not there yet; each appears only whole and with its checksum.

    mirrors: addresses to try in turn, the dataset's own by default. Raises: OSError with what was tried and the remedy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_SCRATCH}*"):  # by a download that was killed
        if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    for file, md5 in IDX_SETS[name].md5.items():
        if any(_md5(path) == md5 for path in (folder / file, folder / f"{file}.gz")):
            continue
        try:
            # In the same folder, so that the last step is a rename; an interrupted download goes with it.
            with tempfile.TemporaryDirectory(dir=folder, prefix=_SCRATCH) as scratch:
                got = _download(name, file, Path(scratch), mirrors or IDX_SETS[name].mirrors, folder)
                got.replace(folder / f"{file}.gz")
                (folder / file).unlink(missing_ok=True)  # a damaged raw file would be read first
        finally:
            if not any(folder.iterdir()):
                folder.rmdir()


def _again(name: str) -> str:
    return Message("download.again", name=name)


def _read(name: str, folder: Path, file: str) -> tuple[Path, NDArray[Any]]:
    for path in (folder / file, folder / f"{file}.gz"):
        if path.is_file():
            with path.open("rb") as opened:
                return path, parse_idx(opened, str(path), _again(name))
    raise ValueError(Message("download.no_files", folder=folder, file=file, name=name))


def _md5(path: Path) -> str:
    """Of the decompressed content; empty where the file is missing or broken."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(decompressed(file), partial(hashlib.md5, usedforsecurity=False)).hexdigest()
    except (FileNotFoundError, *BROKEN_GZIP):
        return ""


def _in_words(error: Exception) -> str:
    """A failed request, without the layers of the libraries it came through."""
    words = {
        "ConnectionError": Message("download.no_connection"),
        "ConnectTimeout": Message("download.no_answer"),
        "ReadTimeout": Message("download.no_answer_any_more"),
        "ChunkedEncodingError": Message("download.broke_off"),
    }
    return words.get(type(error).__name__) or str(error).split(" for url:")[0]


def _download(name: str, file: str, scratch: Path, mirrors: Sequence[str], folder: Path) -> Path:
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    failures = []
    for mirror in mirrors:
        address = f"{mirror}{file}.gz"
        downloader = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=30)
        try:
            path = Path(pooch.retrieve(address, None, f"{file}.gz", scratch, downloader=downloader))
        except (OSError, ValueError) as error:
            failures.append(Message("download.attempt", address=address, reason=_in_words(error)))
            continue
        if _md5(path) == IDX_SETS[name].md5[file]:
            return path
        failures.append(Message("download.attempt", address=address, reason=Message("download.wrong_checksum")))
        path.unlink()
    tried = reduce(lambda tried, attempt: Message("download.and_tried", tried=tried, attempt=attempt), failures)
    wanted = ", ".join(f"{file}.gz" for file in IDX_SETS[name].md5)
    raise OSError(Message("download.failed", file=f"{file}.gz", tried=tried, folder=folder, files=wanted))
