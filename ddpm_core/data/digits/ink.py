"""A hand, a pen and ink: a form's points are jittered, bent and slanted, then drawn as antialiased strokes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ddpm_core.data.digits.strokes import PENS, Floats

SIZE = 28
BLOCK = 200
"""Digits written at once, a multiple of ten."""
BOX = 20.0
"""Pixels of the longer side of the ink, as in MNIST."""
MARGIN = 12
"""Ground around a picture while it is drawn, so that no piece's window leaves it."""


def write(digits: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """One picture for each digit, uint8 (N, 28, 28)."""
    form = _forms(digits, rng)
    points = _hand(form, rng)
    ends = _bent(np.stack([PENS.start[form] @ points, PENS.end[form] @ points]), rng)
    radius = np.clip(1.25 * np.exp(0.3 * rng.standard_normal(len(digits))), 0.6, 2.2)
    start, end = _placed(ends, radius)
    return _inked(start, end, radius, rng)


def _forms(digits: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    chance = rng.random(len(digits))
    which = [np.searchsorted(np.cumsum(PENS.shares[d])[:-1], c) for d, c in zip(digits, chance, strict=True)]
    forms: NDArray[np.int64] = PENS.first[digits] + np.array(which)
    return forms


def _hand(form: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """The points of each form, between its extremes (or a little beyond) and jittered, (N, P, 2)."""
    one, other = PENS.one[form], PENS.other[form]
    between = rng.uniform(-0.25, 1.25, (len(form), 1, 1))
    haste = 0.01 + 0.04 * rng.random((len(form), 1, 1)) ** 2
    return one + between * (other - one) + haste * rng.standard_normal(one.shape)


def _bent(ends: Floats, rng: np.random.Generator) -> Floats:
    """A writer's habits: width, slant, a turn, a bow, a high or low waist, and a hand that is not steady.

    ends: (2, N, S, 2), where the pieces start and end.
    """
    num: int = ends.shape[1]

    def normal(mean: float, deviation: float) -> Floats:
        return (mean + deviation * rng.standard_normal(num))[:, None]

    width = 0.74 * np.exp(normal(0, 0.2))
    slant, turn = normal(0.14, 0.22), normal(0, 0.07)
    bow, waist, sway, nod = normal(0, 0.05), normal(0, 0.15), normal(0, 0.03), normal(0, 0.03)
    phase = rng.uniform(0, 2 * np.pi, (2, num, 1))
    x, y = ends[..., 0] - 0.5, ends[..., 1]
    down = y + waist * y * (1 - y) - 0.5 + nod * np.sin(5 * x + phase[0])
    right = width * (x + bow * np.sin(np.pi * y) + sway * np.sin(5 * y + phase[1])) - slant * down
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([right * cos - down * sin, right * sin + down * cos], axis=-1)


def _placed(ends: Floats, radius: Floats) -> Floats:
    """In pixels: the ink's longer side fills BOX, its centre of mass lies in the middle, none of it outside."""
    start, end = ends
    low, high = ends.min(axis=(0, 2)), ends.max(axis=(0, 2))
    scale = (BOX - 2 * radius) / (high - low).max(axis=1)
    length = np.linalg.norm(end - start, axis=2)
    length[:, 1:] *= np.any(start[:, 1:] != start[:, :-1], axis=2)  # padding repeats the last piece
    middle = (length[:, :, None] * (start + end) / 2).sum(axis=1) / length.sum(axis=1)[:, None]
    low, high = scale[:, None] * (low - middle), scale[:, None] * (high - middle)
    room = (SIZE - 1) / 2 - 1.5 - 1.2 * radius[:, None]
    offset = (SIZE - 1) / 2 + np.maximum(-room - low, 0) - np.maximum(high - room, 0)
    placed: Floats = scale[:, None, None] * (ends - middle[:, None]) + offset[:, None]
    return placed


def _inked(start: Floats, end: Floats, radius: Floats, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Ink where a pixel is nearer to a piece than the nib's radius, which varies with the pen's pressure."""
    num, pieces = start.shape[:2]
    waves = np.linspace(0, 1, pieces) * rng.uniform(0.5, 2.5, (num, 1)) + rng.random((num, 1))
    nib = radius[:, None] * (1 + 0.15 * np.sin(2 * np.pi * waves))
    reach = float(nib.max()) + 1
    corner = np.floor(np.minimum(start, end) - reach).astype(np.int64)
    side = int(np.ceil(np.abs(end - start).max() + 2 * reach)) + 1
    span = np.linalg.norm(end - start, axis=2)
    d = ((end - start) / np.maximum(span, 1e-6)[:, :, None]).astype(np.float32)
    a, span, nib = (start - corner).astype(np.float32), span.astype(np.float32), nib.astype(np.float32)
    wide = SIZE + 2 * MARGIN
    window = wide * np.arange(side)[:, None] + np.arange(side)
    first = (np.arange(num)[:, None] * wide + corner[..., 1] + MARGIN) * wide + corner[..., 0] + MARGIN
    grid = np.arange(side, dtype=np.float32)
    depth = np.full(num * wide * wide, -9, np.float32)
    for s in range(pieces):
        right, below = grid - a[:, s, 0, None], grid - a[:, s, 1, None]
        along = (right * d[:, s, 0, None])[:, None, :] + (below * d[:, s, 1, None])[:, :, None]
        across = (right * d[:, s, 1, None])[:, None, :] - (below * d[:, s, 0, None])[:, :, None]
        beyond = along - np.clip(along, 0, span[:, s, None, None])
        inside = nib[:, s, None, None] - np.sqrt(across * across + beyond * beyond)
        where = first[:, s, None, None] + window
        depth[where] = np.maximum(depth[where], inside)
    depth = depth.reshape(num, wide, wide)[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
    soft = rng.uniform(0.45, 0.75, (num, 1, 1)).astype(np.float32)
    ink = np.clip(0.5 + depth / (2 * soft), 0, 1)
    return np.round(255 * ink * ink * (3 - 2 * ink)).astype(np.uint8)
