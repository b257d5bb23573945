"""Sprites: 16×16 pixel art in ten classes, drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ddpm_core.data.sprites import arms, cat, ghost, hero, magic, plants
from ddpm_core.data.sprites.canvas import MAX_MATERIALS, SIZE, Canvas, Dice
from ddpm_core.data.sprites.palette import NUM_TONES, ramps

_DRAW: dict[str, Callable[[Canvas, Dice], None]] = {
    "hero": hero.hero,
    "ghost": ghost.ghost,
    "cat": cat.cat,
    "sword": arms.sword,
    "potion": magic.potion,
    "shield": arms.shield,
    "book": magic.book,
    "wizard_hat": magic.wizard_hat,
    "mushroom": plants.mushroom,
    "cactus": plants.cactus,
}
CLASS_NAMES = tuple(_DRAW)


def make_sprites(num: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures and their classes, in turn; picture i of a seed is the same whatever `num`.

    Returns: uint8 (num, 16, 16, 3) on white, int64 (num,) indexes into CLASS_NAMES.
    """
    draw = tuple(_DRAW.values())
    cells = np.zeros((num, SIZE, SIZE), dtype=np.int16)
    colours = np.zeros((num, MAX_MATERIALS, 3))
    for i in range(num):
        dice = Dice(np.random.default_rng((seed, i)))
        canvas = Canvas()
        draw[i % len(draw)](canvas, dice)
        canvas.outline()
        canvas.nudge(dice)
        cells[i] = canvas.cells
        colours[i, : len(canvas.colours)] = canvas.colours
    ground = np.full((num, NUM_TONES, 3), 255, dtype=np.uint8)
    tones = np.concatenate([ground, ramps(colours).reshape(num, MAX_MATERIALS * NUM_TONES, 3)], axis=1)
    images = tones[np.arange(num)[:, None, None], cells]
    return images, np.arange(num, dtype=np.int64) % len(draw)


__all__ = ["CLASS_NAMES", "SIZE", "make_sprites"]
