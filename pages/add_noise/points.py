"""A cloud of points in place of the picture: which shape, and its points."""

from __future__ import annotations

import numpy as np

from ddpm_core.data.points import CLASS_NAMES
from ui import cache, controls

SHAPES = tuple(CLASS_NAMES)
CLOUD = 500
"""Points drawn."""


def choose_shape() -> str:
    """The shape on Add noise, held in `?shape=`."""
    return controls.select("scatter.shape", SHAPES, SHAPES[0], width=140)


def cloud(name: str) -> tuple[np.ndarray, np.ndarray]:
    """CLOUD points of a shape, float32 (N, 2), and their classes, -1 where it has none."""
    held_out = cache.held_out(name)
    labels = held_out.labels[:CLOUD] if held_out.info.class_names else np.full(CLOUD, -1)
    return held_out.images[:CLOUD].reshape(CLOUD, 2), labels
