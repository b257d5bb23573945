"""What a dataset looks like in numbers, for the page that shows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ddpm_core.data.dataset import Dataset
from ddpm_core.data.split import picture_hashes
from ddpm_core.errors import Message


@dataclass(frozen=True)
class DatasetStatistics:
    """Counts, range and the mean picture; pixel values are 0 to 255 (for points: coordinates)."""

    num: int
    per_class: tuple[int, ...]
    """In the order of class_names; one number for pictures without classes."""
    minimum: float
    maximum: float
    mean: float
    std: float
    num_duplicates: int
    """Pictures that are equal to an earlier one."""
    mean_picture: NDArray[np.uint8]
    """uint8 (H, W, C)."""


def describe(dataset: Dataset) -> DatasetStatistics:
    """Statistics over all pictures of a dataset. Raises ValueError for one without any."""
    images, info = dataset.images, dataset.info
    if not len(images):
        raise ValueError(Message("dataset.no_pictures", name=info.name))
    mean, deviation = _moments(images)
    picture = np.mean(images, axis=0, dtype=np.float64)
    return DatasetStatistics(
        num=len(images),
        per_class=tuple(np.bincount(dataset.labels, minlength=max(len(info.class_names), 1)).tolist()),
        minimum=float(images.min()),
        maximum=float(images.max()),
        mean=mean,
        std=deviation,
        num_duplicates=len(images) - len(np.unique(picture_hashes(images))),
        mean_picture=np.clip(np.round(picture), 0, 255).astype(np.uint8),
    )


def _moments(images: NDArray[np.uint8] | NDArray[np.float32]) -> tuple[float, float]:
    """Mean and standard deviation of all values, exact for bytes and without a copy in float."""
    if images.dtype != np.uint8:
        return float(images.mean(dtype=np.float64)), float(images.std(dtype=np.float64))
    # In pieces: bincount makes eight bytes of each.
    pieces = (images[i : i + 1000].ravel() for i in range(0, len(images), 1000))
    counts, values = np.sum([np.bincount(piece, minlength=256) for piece in pieces], axis=0), np.arange(256.0)
    mean = float(counts @ values / counts.sum())
    return mean, float(np.sqrt(counts @ (values - mean) ** 2 / counts.sum()))
