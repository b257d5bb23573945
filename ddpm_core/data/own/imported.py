"""What an import is asked for, and what comes out of it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ddpm_core.errors import Message, require, require_choice

Fit = Literal["crop", "pad", "stretch"]
MIN_SIZE, MAX_SIZE, SIZE_STEP = 8, 64, 4
MAX_PICTURES = 200_000
MAX_CLASSES = 100
SIZES = Message("allowed.size", step=SIZE_STEP, low=MIN_SIZE, high=MAX_SIZE)
DESCRIPTION = "dataset.json"
"""The file that says what an own dataset's arrays are."""
MAX_VALUES = 500_000_000
"""Bytes of all pictures of a dataset, at the size they are trained at."""


@dataclass(frozen=True)
class ImportOptions:
    """What pictures are made into."""

    size: int = 16
    """Height and width; 0 keeps the one size that all have, where it is allowed, else takes 16."""
    channels: Literal[0, 1, 3] = 3
    """1 grey, 3 colour; 0 takes grey where no picture has a colour."""
    fit: Fit = "crop"
    """crop: the middle square; pad: the whole picture on its own ground; stretch: the whole picture, out of shape."""

    def __post_init__(self) -> None:
        require(self.size == 0 or is_size(self.size), "size", self.size, SIZES)
        require(self.channels in (0, 1, 3), "channels", self.channels, Message("allowed.grey_colour_or_kept"))
        require_choice("fit", self.fit, Fit)


def is_size(size: int) -> bool:
    """Whether pictures of this height and width can be trained on with every network offered."""
    return MIN_SIZE <= size <= MAX_SIZE and size % SIZE_STEP == 0


@dataclass(frozen=True)
class Step:
    """One thing done to the pictures on their way in, for a page to put into words.

    read: count, what ("pictures", "array", "idx"), from (size in words); classes: count; one_class: name;
    no_classes; one_hot: count; relabelled: count; skipped: file, why; skipped_more: count; turned, flattened,
    deep, cmyk, first_frame: count of pictures; resized: count, from, to, fit; grey, colour: count.
    """

    kind: str
    values: dict[str, str | int]


@dataclass(frozen=True)
class Imported:
    """Pictures ready to be kept: uint8 (N, H, W, C), int64 (N,), and how they came about."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    """Empty for pictures without classes, whose labels are 0."""
    source: str
    """The file's or folder's own name."""
    steps: tuple[Step, ...]


def clean_class_name(name: str) -> str:
    """At most 40 printing characters, spaces single and inside only."""
    printing = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", name))
    return " ".join(printing.split())[:40].strip()
