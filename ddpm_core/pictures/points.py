"""Clouds of points drawn as small pictures, for files and film strips. Needs no torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

COLOURS = ("#1a66b8", "#b8501a", "#4a7d12", "#a83a8f", "#0b7a6b", "#c02b3a", "#6549d9", "#8f6a00")
"""One per class, neighbours far apart, dark enough for a white ground."""
UNLABELLED = "#4d4b5e"
EDGE = "#e4e2ea"
EXTENT = 1.8
"""The plane is shown from -1.8 to 1.8 both ways: all data, and 93 % of pure noise along each axis."""
SIZE = 128
_DOT = 0.011
"""Radius of a dot as a share of the picture's side."""
_FINER = 4
"""Drawn so much larger and then shrunk: Pillow's dots have jagged edges."""


def draw_points(points: NDArray[np.float32], labels: NDArray[np.int64], size: int = SIZE) -> NDArray[np.uint8]:
    """Points (N, ..., 2), x to the right and y upwards, as uint8 (size, size, 3) on white; label -1 for none."""
    side = size * _FINER
    image = Image.new("RGB", (side, side), "white")
    draw, radius = ImageDraw.Draw(image), _DOT * side
    places = (points.reshape(-1, 2) / EXTENT * [1, -1] + 1) / 2 * side
    for (x, y), label in zip(places.tolist(), labels.tolist(), strict=True):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour(label))
    draw.rectangle((0, 0, side - 1, side - 1), outline=EDGE, width=_FINER // 2)
    return np.asarray(image.resize((size, size), Image.Resampling.LANCZOS))


def colour(label: int) -> str:
    """The colour of a class."""
    return COLOURS[label % len(COLOURS)] if label >= 0 else UNLABELLED
