"""From a form's points to the curve that a pen draws: both are arrays, so that many digits are written at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ddpm_core.data.digits.forms import FORMS, Form

Floats = NDArray[np.float64]

PIECES = 5
"""Straight pieces between two points of a form."""


@dataclass(frozen=True)
class Pens:
    """All forms of all digits, padded to one size: K forms of at most P points, drawn as S straight pieces."""

    one: Floats
    """(K, P, 2): the points at one extreme."""
    other: Floats
    start: Floats
    """(K, S, P): start @ points are the beginnings of the pieces."""
    end: Floats
    shares: tuple[Floats, ...]
    """For each digit, how common its forms are; they add up to 1."""
    first: NDArray[np.int64]
    """(10,): the number of each digit's first form."""


def _parse(form: str) -> list[list[tuple[float, float]]]:
    """Curves of points, of all strokes."""
    curves = re.split(r"[|/]", form)
    return [[(float(x) / 100, float(y) / 100) for x, y in map(str.split, curve.split(","))] for curve in curves]


def _curve(points: list[int], num: int) -> Floats:
    """(num pieces + 1, P): the Catmull-Rom spline through these points as weights of all `num` points."""
    at = np.linspace(0, 1, PIECES + 1)[:, None]
    basis = 0.5 * np.hstack(
        [-at + 2 * at**2 - at**3, 2 - 5 * at**2 + 3 * at**3, at + 4 * at**2 - 3 * at**3, -(at**2) + at**3]
    )
    unit = np.eye(num)[points]
    # Ends are continued straight.
    padded = np.vstack([2 * unit[0] - unit[1], unit, 2 * unit[-1] - unit[-2]])
    rows = [basis @ padded[i : i + 4] for i in range(len(points) - 1)]
    return np.vstack([rows[0][:1], *(row[1:] for row in rows)])


def _weights(form: Form) -> tuple[Floats, Floats, Floats, Floats]:
    one, other = _parse(form.one), _parse(form.other)
    pairs = [list(zip(c, d, strict=True)) for c, d in zip(one, other, strict=True)]
    points = list(dict.fromkeys(chain(*pairs)))
    curves = [_curve([points.index(pair) for pair in curve], len(points)) for curve in pairs]
    start = np.vstack([curve[:-1] for curve in curves])
    end = np.vstack([curve[1:] for curve in curves])
    return np.array([p for p, _ in points]), np.array([q for _, q in points]), start, end


def _padded(arrays: list[Floats], *, repeat: bool = False) -> Floats:
    """Stacked, filled up with zeros, or rows with their last one."""
    shape = np.max([array.shape for array in arrays], axis=0)
    out = np.zeros((len(arrays), *shape))
    for filled, array in zip(out, arrays, strict=True):
        filled[: array.shape[0], : array.shape[1]] = array
        if repeat:
            filled[array.shape[0] :] = filled[array.shape[0] - 1]
    return out


def _make() -> Pens:
    forms = [_weights(form) for digit in FORMS.values() for form in digit]
    ones, others, starts, ends = ([form[i] for form in forms] for i in range(4))
    counts = [len(digit) for digit in FORMS.values()]
    shares = tuple(np.array([f.share for f in digit]) / sum(f.share for f in digit) for digit in FORMS.values())
    return Pens(
        _padded(ones), _padded(others), _padded(starts, repeat=True), _padded(ends, repeat=True), shares,
        np.concatenate([[0], np.cumsum(counts)[:-1]]),
    )  # fmt: skip


PENS = _make()
