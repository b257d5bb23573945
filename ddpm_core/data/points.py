"""Points of the plane as a dataset: five shapes that a small network learns in seconds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ddpm_core.errors import require

Points = NDArray[np.float64]
Labels = NDArray[np.int64]

NUM_MODES = 8
MODE_RADIUS, MODE_STD = 0.7, 0.06
"""Of the eight Gaussians: where their means lie, and their standard deviation in each coordinate."""
NUM_SQUARES = 4
"""Squares along each side of the checkerboard."""


def make_points(name: str, num: int, seed: int) -> tuple[NDArray[np.float32], Labels]:
    """`num` points of a shape, float32 (N, 1, 1, 2), within [-1, 1], and their classes (0 for a shape without any).

    Coordinates are kept as a picture of one pixel with two channels, x and y upwards, and are not scaled again.
    Raises ValueError for an unknown shape.
    """
    require(name in _SHAPES, "the shape", name, ", ".join(_SHAPES))
    draw, _ = _SHAPES[name]
    points, labels = draw(num, np.random.default_rng(seed))
    return points.clip(-1, 1).astype(np.float32).reshape(num, 1, 1, 2), labels.astype(np.int64)


def mode_means() -> Points:
    """The means of the eight Gaussians, (8, 2), in the order of their classes."""
    return MODE_RADIUS * _on_circle(np.arange(NUM_MODES) * 2 * np.pi / NUM_MODES)


def _eight_gaussians(num: int, rng: np.random.Generator) -> tuple[Points, Labels]:
    labels = rng.integers(NUM_MODES, size=num)
    return mode_means()[labels] + MODE_STD * rng.standard_normal((num, 2)), labels


def _moons(num: int, rng: np.random.Generator) -> tuple[Points, Labels]:
    labels = rng.integers(2, size=num)
    arc = _on_circle(np.pi * rng.random(num))
    arc = np.where(labels[:, None] == 0, arc, [1, 0.5] - arc)  # the lower one is turned round and hangs in the upper
    return (arc - [0.5, 0.25]) * 0.58 + 0.035 * rng.standard_normal((num, 2)), labels


def _spiral(num: int, rng: np.random.Generator) -> tuple[Points, Labels]:
    labels = rng.integers(2, size=num)
    turned = np.sqrt(rng.random(num))  # as many points along each part of an arm
    arm = (0.06 + 0.82 * turned)[:, None] * _on_circle(3 * np.pi * turned + np.pi * labels)
    return arm + 0.022 * rng.standard_normal((num, 2)), labels


def _swiss_roll(num: int, rng: np.random.Generator) -> tuple[Points, Labels]:
    turned = 1.5 * np.pi * (1 + 2 * rng.random(num))
    roll = turned[:, None] * _on_circle(turned) / (4.5 * np.pi)
    return 0.88 * roll + 0.022 * rng.standard_normal((num, 2)), np.zeros(num, np.int64)


def _checkerboard(num: int, rng: np.random.Generator) -> tuple[Points, Labels]:
    column = rng.integers(NUM_SQUARES, size=num)
    row = 2 * rng.integers(NUM_SQUARES // 2, size=num) + column % 2
    corner = np.stack([column, row], axis=1)
    return 0.95 * (2 * (corner + rng.random((num, 2))) / NUM_SQUARES - 1), np.zeros(num, np.int64)


def _on_circle(angle: Points) -> Points:
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


_COMPASS = ("east", "north_east", "north", "north_west", "west", "south_west", "south", "south_east")
_SHAPES: dict[str, tuple[Callable[[int, np.random.Generator], tuple[Points, Labels]], tuple[str, ...]]] = {
    "eight_gaussians": (_eight_gaussians, _COMPASS),
    "moons": (_moons, ("upper_moon", "lower_moon")),
    "spiral": (_spiral, ("first_arm", "second_arm")),
    "swiss_roll": (_swiss_roll, ()),
    "checkerboard": (_checkerboard, ()),
}
CLASS_NAMES = {name: class_names for name, (_, class_names) in _SHAPES.items()}
"""The shapes, and the classes of those that fall into parts."""
