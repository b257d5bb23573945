"""Things to do magic with: a potion, a book, a wizard's hat."""

from __future__ import annotations

from ddpm_core.data.sprites import palette as p
from ddpm_core.data.sprites.canvas import Canvas, Dice, Spans, mirrored
from ddpm_core.data.sprites.palette import BASE, LIGHT, OUTLINE, SHADOW, SHINE

METALS = (p.GOLD, p.GOLD, p.STEEL, p.COPPER, p.BLACK)

# Middle column and half widths, row by row.
FLASKS = {
    "ball": (7.5, (3, 4, 5, 6, 6, 6, 6, 5, 4)),
    "small_ball": (7, (2, 4, 5, 5, 5, 4, 3)),
    "cone": (7.5, (2, 3, 3, 4, 5, 6, 6, 5)),
    "jar": (7, (4, 5, 5, 5, 5, 5, 5, 4)),
    "vial": (7.5, (3, 4, 4, 4, 4, 4, 4, 3)),
    "phial": (7, (2, 3, 3, 3, 3, 3, 3, 3, 2)),
    "drop": (7, (1, 2, 3, 4, 5, 5, 5, 4)),
    "gem": (7, (4, 5, 5, 5, 4, 3, 2, 1)),
}


def potion(canvas: Canvas, dice: Dice) -> None:
    """A corked flask of some shape, filled to some level."""
    middle, halves = FLASKS[dice.pick(tuple(FLASKS))]
    body: Spans = mirrored(halves, middle)
    neck = (7, 8) if middle == 7.5 else (6, 8)
    lip = (neck[0] - 1, neck[1] + 1)
    glass = canvas.material((0.90, 0.03, 225.0 + 30 * dice.unit()))
    liquid, band, cork = canvas.materials(dice, p.VIVID, METALS, (p.CORK, p.CORK, p.WOOD, p.GOLD, p.RED))
    neck_rows, bottom, level = dice.between(1, 2), dice.between(13, 14), dice.between(1, 3)
    top = bottom - len(body) + 1
    canvas.fill(glass, top - neck_rows, [neck] * neck_rows)
    canvas.fill(glass, top, body)
    inner = [(first + 1, last - 1) for first, last in body]
    canvas.fill(liquid, top + level, inner[level:-1])
    canvas.fill(liquid, bottom, inner[-1:], SHADOW)
    canvas.shade_round(liquid, light=0.6, shadow=1.15)
    canvas.fill(liquid, top + level, inner[level : level + 1], SHINE)
    for _ in range(dice.between(1, 3)):  # bubbles
        canvas.dots(liquid, SHINE, (top + level + dice.between(2, 4), dice.between(5, 10)), over=liquid)
    canvas.fill(cork, top - neck_rows - 2, [neck, lip])
    canvas.shade_rows(cork, 0.4, 0.7)
    if dice.chance(0.4):
        canvas.fill(band, top - 1, [lip])
        canvas.shade_rows(band, 0.4, 0.7)
    canvas.fill(glass, top + 1, [(first, first) for first, _ in inner[1:4]], SHINE)
    canvas.shade_edges(glass)


PAGES = (p.CREAM, p.WHITE)
CRESTS = (
    "..o..\n.ooo.\nooooo\n.ooo.\n..o..",
    "..o..\nooooo\n.ooo.\n.o.o.",
    ".o.\nooo\n.o.\n.o.",
    ".oo\noo.\noo.\n.oo",
    "ooooo\n.....\n.ooo.",
    ".ooo.\noo.oo\n.ooo.",
    "ooo\nooo",
    ".o.\nooo\n.o.",
)


def book(canvas: Canvas, dice: Dice) -> None:
    """Closed with pages showing, or open."""
    (_open_book if dice.chance(0.3) else _closed_book)(canvas, dice)


def _closed_book(canvas: Canvas, dice: Dice) -> None:
    """Seen from a little above: spine at the left, page edges at the foot."""
    leather = dice.colour((*p.VIVID, p.BROWN, p.LEATHER, p.BLACK))
    gilt = p.contrasting(leather, (p.GOLD, p.GOLD, p.STEEL, p.WHITE), (p.BROWN, p.CRIMSON, p.WHITE, p.PURPLE))
    cover = canvas.material(leather)
    pages, trim, ribbon = canvas.materials(dice, PAGES, gilt, p.VIVID)
    left, right, top, bottom = dice.between(2, 3), dice.between(12, 13), dice.between(1, 3), dice.between(13, 14)
    canvas.fill(cover, top, [(left, right)] * (bottom - top + 1))
    canvas.fill(pages, bottom - 2, [(left + 2, right)], SHADOW)
    canvas.fill(pages, bottom - 1, [(left + 2, right)])
    canvas.fill(cover, bottom, [(left + 1, right)], SHADOW)
    canvas.dots(cover, OUTLINE, (bottom - 2, left + 1), (bottom - 3, left + 2))
    canvas.fill(cover, top, [(left + 2, left + 2)] * (bottom - top - 2), OUTLINE)
    canvas.fill(cover, top + 1, [(left + 1, left + 1)] * (bottom - top - 3), LIGHT)
    canvas.fill(cover, bottom - 3, [(left + 3, right)], SHADOW)
    canvas.shade_edges(cover)
    crest = dice.pick(CRESTS)
    height, width = crest.count("\n") + 1, crest.index("\n")
    y, x = top + (bottom - 3 - top - height) // 2 + 1, left + 3 + (right - left - 2 - width) // 2
    canvas.stamp(crest, y, x, {"o": trim + BASE})
    canvas.shade_round(trim, light=0.9, shadow=1.3)
    if dice.chance(0.4):  # metal corners
        corners = ((top, right), (top + 1, right), (bottom - 3, right), (bottom - 4, right))
        canvas.dots(trim, BASE, *corners, (top, right - 1), (bottom - 3, right - 1))
    if dice.chance(0.4):
        canvas.dots(ribbon, BASE, (bottom - 2, right - 3), (bottom - 1, right - 3), (bottom, right - 3))
    if dice.chance(0.3):
        canvas.flip()


def _open_book(canvas: Canvas, dice: Dice) -> None:
    """Two pages of writing, sometimes a ribbon."""
    inks = (p.BROWN, p.BLUE, p.BLACK, p.PURPLE)
    cover, pages, ink, ribbon = canvas.materials(dice, (*p.VIVID, p.BROWN), PAGES, inks, p.VIVID)
    top = dice.between(2, 3)
    rows = dice.between(6, 7)
    canvas.fill(cover, top + 1, [(1, 14)] * (rows + 3))
    canvas.fill(pages, top, [(3, 5), *[(2, 6)] * (rows + 1)])
    canvas.fill(pages, top, [(10, 12), *[(9, 13)] * (rows + 1)])
    canvas.fill(pages, top + 1, [(7, 8)] * (rows + 1), SHADOW)
    canvas.fill(pages, top + rows + 2, [(2, 6)], SHADOW)
    canvas.fill(pages, top + rows + 2, [(9, 13)], SHADOW)
    canvas.fill(pages, top + 2, [(13, 13)] * rows, SHADOW)
    canvas.fill(pages, top + 2, [(6, 6)] * rows, LIGHT)
    for line in range(dice.between(2, 3)):
        canvas.fill(ink, top + 2 + 2 * line, [(3, 5 - dice.between(0, 1))], LIGHT)
        canvas.fill(ink, top + 2 + 2 * line, [(10, 12 - dice.between(0, 1))], LIGHT)
    if dice.chance(0.5):
        canvas.fill(ribbon, top + 1, [(11, 11)] * (rows + 4))
        canvas.dots(ribbon, SHADOW, (top + rows + 3, 11))
    canvas.shade_edges(cover)


def wizard_hat(canvas: Canvas, dice: Dice) -> None:
    """A cone, bent or straight, over a wide brim; band, buckle, stars."""
    felts, bands = (*p.VIVID, p.BLACK, p.GREY, p.BROWN), (*p.VIVID, p.GOLD)
    felt, band, gold = canvas.materials(dice, felts, bands, (p.GOLD, p.YELLOW, p.WHITE))
    height, bend, wide = dice.between(8, 10), dice.pick((-4, -3, -2, -1, 0, 1, 2, 3, 4)), dice.between(4, 5)
    brim, reach = dice.between(11, 12), dice.between(6, 7)
    spans = _cone(height, bend, wide)
    canvas.fill(felt, brim - height, spans)
    if abs(bend) >= 3:  # the tip hangs over
        column = spans[0][1] + 1 if bend > 0 else spans[0][0] - 1
        canvas.dots(felt, BASE, (brim - height, column), (brim - height + 1, column))
    canvas.shade_rows(felt, 0.3, 0.62)
    canvas.fill(felt, brim, mirrored((reach, reach, reach - 2), 7.5))
    canvas.shade_edges(felt)
    canvas.fill(band, brim - 2, spans[-2:])
    canvas.shade_rows(band)
    canvas.cast(band)
    if dice.chance(0.65):  # a buckle
        x = sum(spans[-1]) // 2 + dice.between(0, 1)
        canvas.dots(gold, LIGHT, (brim - 2, x), (brim - 2, x + 1), (brim - 1, x))
        canvas.dots(gold, BASE, (brim - 1, x + 1))
    for _ in range(dice.between(0, 3)):  # stars
        row = dice.between(2, height - 4)
        first, last = spans[row]
        canvas.dots(gold, LIGHT, (brim - height + row, dice.between(first, last)))


def _cone(height: int, bend: int, wide: int) -> list[tuple[int, int]]:
    """Rows from the tip down; the upper two thirds lean over by `bend` cells."""
    spans = []
    for row in range(height):
        rise = 1 - row / height
        middle = 7.5 + bend * max(rise - 0.35, 0) / 0.65 * (0.4 + 0.6 * rise)
        half = max(wide * (row + 0.7) / height, 0.6)
        first = round(middle - half)
        spans.append((first, max(round(middle + half) - 1, first)))
    return spans
