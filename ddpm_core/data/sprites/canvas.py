"""What every sprite is drawn with: a 16×16 canvas of palette numbers, and dice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ddpm_core.data.sprites.palette import BASE, NUM_TONES, SHADOW, Colour

SIZE = 16
MAX_MATERIALS = 7
Choice = TypeVar("Choice")
Cell = TypeVar("Cell", np.int16, np.bool_)
Spans = Sequence[tuple[int, int]]
"""First and last column of each row, from the top down."""


class Dice:
    """The random choices of one sprite."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def unit(self) -> float:
        """A number in [0, 1)."""
        return self._rng.random()

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True this often."""
        return self.unit() < probability

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of them, all equally likely."""
        return choices[int(self.unit() * len(choices))]

    def colour(self, choices: Sequence[Colour]) -> Colour:
        """One of the colours, slightly varied, so that no two sprites share a palette."""
        lightness, chroma, hue = self.pick(choices)
        return (
            lightness + 0.05 * (self.unit() - 0.5),
            chroma * (0.9 + 0.2 * self.unit()),
            hue + 16.0 * (self.unit() - 0.5),
        )


class Canvas:
    """Cells hold material + tone; 0 is the ground. Materials are multiples of NUM_TONES."""

    def __init__(self) -> None:
        self.cells: NDArray[np.int16] = np.zeros((SIZE, SIZE), dtype=np.int16)
        self.colours: list[Colour] = []

    def material(self, colour: Colour) -> int:
        """A new material of this colour."""
        self.colours.append(colour)
        return NUM_TONES * len(self.colours)

    def materials(self, dice: Dice, *choices: Sequence[Colour]) -> tuple[int, ...]:
        """A new material for each sequence of colours, one colour picked from each."""
        return tuple(self.material(dice.colour(colours)) for colours in choices)

    def fill(self, material: int, top: int, spans: Spans, tone: int = BASE, over: int = 0) -> None:
        """Paint rows of cells, from row `top` down; with `over`, only cells that hold that material."""
        for row, (first, last) in enumerate(spans, top):
            cells = self.cells[row, first : last + 1]
            cells[cells // NUM_TONES == over // NUM_TONES if over else slice(None)] = material + tone

    def dots(self, material: int, tone: int, *places: tuple[int, int], over: int = 0) -> None:
        """Paint single cells, each (row, column); with `over`, only cells that hold that material."""
        for row, column in places:
            if not over or self.cells[row, column] // NUM_TONES == over // NUM_TONES:
                self.cells[row, column] = material + tone

    def stamp(self, art: str, top: int, left: int, legend: Mapping[str, int], over: int = 0) -> None:
        """Paint ASCII art; the legend gives each letter its material + tone, other characters are see-through."""
        for row, column, letter in _letters(art):
            if letter in legend:
                self.dots(legend[letter], 0, (top + row, left + column), over=over)

    def where(self, material: int) -> NDArray[np.bool_]:
        """The cells of a material, whatever their tone."""
        mask: NDArray[np.bool_] = self.cells // NUM_TONES == material // NUM_TONES
        return mask

    def flip(self) -> None:
        """Mirror left and right; before shading, so that the light still comes from the top left."""
        self.cells = self.cells[:, ::-1].copy()

    def nudge(self, dice: Dice) -> None:
        """Move by up to one cell each way, where there is room."""
        for axis in (0, 1):
            used = (self.cells > 0).max(axis=1 - axis)
            step = dice.between(-1, 1)
            if step and not used[0 if step < 0 else -1]:
                self.cells = self.cells.take(_AXIS - step, axis=axis, mode="wrap")

    def _tone(self, material: int, tones: NDArray[np.int16] | NDArray[np.int64]) -> None:
        # Only cells still at BASE change: details painted in another tone stay.
        self.cells = np.where(self.cells == material + BASE, material + tones, self.cells).astype(np.int16)

    def shade_round(self, material: int, light: float = 0.72, shadow: float = 1.12, shine: float = 0.0) -> None:
        """Shade like a ball: distance, in radii, from a spot up left of the middle."""
        rows, columns = np.nonzero(self.where(material))
        if not len(rows):
            return
        y0, y1, x0, x1 = rows.min(), rows.max(), columns.min(), columns.max()
        y = (_AXIS - (y0 + y1) / 2) / ((y1 - y0 + 1) / 2) + 0.42
        x = (_AXIS - (x0 + x1) / 2) / ((x1 - x0 + 1) / 2) + 0.38
        distance = np.hypot(y[:, None], x[None, :])
        tones = BASE + (distance < light).astype(np.int16) + (distance < shine) - (distance > shadow)
        self._tone(material, tones)

    def shade_edges(self, material: int) -> None:
        """Shade like a slab: lit upper and left rims, lower and right rims in shadow."""
        mask = _framed(self.where(material))
        inside = mask[1:-1, 1:-1]
        lit = inside & ~(mask[:-2, 1:-1] & mask[1:-1, :-2])
        dark = inside & ~(mask[2:, 1:-1] & mask[1:-1, 2:])
        self._tone(material, BASE + (lit & ~dark) - dark.astype(np.int16))

    def shade_rows(self, material: int, light: float = 0.28, shadow: float = 0.68) -> None:
        """Shade like a column: each row lit at its left, in shadow at its right."""
        mask = self.where(material)
        width = np.maximum(mask.sum(axis=1, keepdims=True), 1)
        place = (mask.cumsum(axis=1) - 0.5) / width
        self._tone(material, BASE + (place < light).astype(np.int16) - (place > shadow))

    def cast(self, material: int) -> None:
        """Let a material throw its shadow on the other materials right below it."""
        below = np.zeros((SIZE, SIZE), dtype=bool)
        below[1:] = self.where(material)[:-1]
        tone = self.cells % NUM_TONES
        hit = below & (self.cells > 0) & ~self.where(material) & (tone > SHADOW)
        self.cells = np.where(hit, self.cells - tone + SHADOW, self.cells).astype(np.int16)

    def outline(self) -> None:
        """Draw the outline: every ground cell beside the shape takes the darkest tone of what it touches."""
        framed = _framed(self.cells)
        beside = np.zeros_like(self.cells)
        for shifted in (framed[2:, 1:-1], framed[:-2, 1:-1], framed[1:-1, 2:], framed[1:-1, :-2]):
            beside = np.where(beside == 0, shifted, beside)
        self.cells = np.where(self.cells == 0, beside - beside % NUM_TONES, self.cells).astype(np.int16)


_AXIS = np.arange(SIZE)


def _framed(cells: NDArray[Cell]) -> NDArray[Cell]:
    """With a border of zeros; np.pad takes ten times as long."""
    framed = np.zeros((SIZE + 2, SIZE + 2), dtype=cells.dtype)
    framed[1:-1, 1:-1] = cells
    return framed


@cache
def _letters(art: str) -> tuple[tuple[int, int, str], ...]:
    rows = art.strip("\n").split("\n")
    return tuple((y, x, letter) for y, row in enumerate(rows) for x, letter in enumerate(row) if letter not in ". ")


def mirrored(halves: Sequence[int], middle: float) -> list[tuple[int, int]]:
    """Spans that reach `half` cells to each side of a middle (7 for odd widths, 7.5 for even ones)."""
    return [(int(np.ceil(middle - half)), int(np.floor(middle + half))) for half in halves]
