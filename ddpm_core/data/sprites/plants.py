"""Food and plants: a mushroom, a potted cactus."""

from __future__ import annotations

from ddpm_core.data.sprites import palette as p
from ddpm_core.data.sprites.canvas import Canvas, Dice, Spans, mirrored
from ddpm_core.data.sprites.palette import BASE, LIGHT, OUTLINE, SHADOW, SHINE

# Half widths of the cap, row by row, and where its spots lie (row, column).
CAPS = {
    "dome": (3, 5, 6, 6, 7, 7, 6),
    "ball": (2, 4, 5, 6, 6, 6, 6, 5),
    "flat": (4, 6, 7, 7, 6),
    "cone": (1, 2, 3, 4, 5, 6, 6),
    "bell": (2, 3, 4, 4, 5, 5, 5, 6),
    "button": (2, 4, 5, 5, 5, 4),
}
SPOTS = (
    ((1, 5), (2, 9), (4, 3), (4, 7), (4, 11)),
    ((1, 7), (3, 4), (3, 10), (5, 7)),
    ((2, 6), (3, 10), (4, 3)),
    ((1, 8), (2, 4), (4, 6), (4, 11)),
    (),
)
SPOT_ARTS = ("sS\nsS", "ss\nsS", "sS", "s")


def mushroom(canvas: Canvas, dice: Dice) -> None:
    """A spotted cap on a stem; sometimes a face or grass."""
    stems = (p.CREAM, p.CREAM, p.WHITE, (0.84, 0.06, 20.0))
    cap, stem, spot, grass = canvas.materials(
        dice, (*p.VIVID, p.BROWN, p.RED, p.RED), stems, (p.WHITE, p.WHITE, p.CREAM), (p.GREEN, p.LIME)
    )
    halves = CAPS[dice.pick(tuple(CAPS))]
    bottom = dice.between(13, 14)
    top = max(bottom - dice.between(4, 6) - len(halves) + 1, 1)
    rim, half = top + len(halves), dice.between(2, 3)
    canvas.fill(stem, rim, mirrored([half] * (bottom - rim) + [half + 1], 7.5))
    canvas.fill(cap, top, mirrored(halves, 7.5))
    canvas.shade_rows(stem)
    canvas.cast(cap)
    canvas.fill(stem, rim - 1, mirrored([halves[-1] - 2], 7.5), SHADOW)  # gills
    canvas.shade_round(cap)
    art = dice.pick(SPOT_ARTS)
    for row, column in dice.pick(SPOTS):
        canvas.stamp(art, top + row, column, {"s": spot + SHINE, "S": spot + BASE}, over=cap)
    if dice.chance(0.5) and half == 3 and bottom - rim >= 3:  # eyes
        canvas.dots(cap, OUTLINE, (rim + 1, 6), (rim + 1, 9), (rim + 2, 6), (rim + 2, 9))
    if dice.chance(0.4):
        canvas.dots(
            grass, BASE, (bottom, 3), (bottom - 1, 3), (bottom, 4), (bottom, 12), (bottom, 11), (bottom - 1, 12)
        )
        canvas.shade_edges(grass)


FLOWERS = (p.PINK, p.MAGENTA, p.RED, p.YELLOW, p.WHITE, p.ORANGE)
CLAYS = (
    *(p.TERRACOTTA, p.TERRACOTTA, p.TERRACOTTA, p.WHITE, p.COPPER),
    *(p.RED, p.ORANGE, p.YELLOW, p.SKY, p.BLUE, p.INDIGO, p.PURPLE, p.MAGENTA, p.PINK),
)


def cactus(canvas: Canvas, dice: Dice) -> None:
    """In a pot: a column with arms, a ball, or paddles; often in flower."""
    clay = dice.colour(CLAYS)
    rim, top = dice.between(4, 5), dice.between(10, 11)
    trims = p.contrasting(clay, (p.WHITE, p.CREAM, p.YELLOW), (p.BROWN, p.RED, p.BLUE))
    pot = canvas.material(clay)
    plant, flower, trim = canvas.materials(dice, (p.GREEN, p.GREEN, p.LIME, p.TEAL), FLOWERS, trims)
    dice.pick((_column, _column, _ball, _paddles))(canvas, dice, plant, flower)
    if dice.chance(0.5):
        canvas.flip()
    canvas.shade_rows(plant)
    canvas.cells[top:] = 0
    canvas.fill(pot, top, mirrored([rim, rim - 1, rim - 1, rim - 1, rim - 2][: 15 - top], 7.5))
    canvas.shade_rows(pot)
    canvas.cast(plant)
    canvas.fill(pot, top + 1, mirrored([rim - 1], 7.5), SHADOW)
    if dice.chance(0.5):
        canvas.fill(trim, top + 2, mirrored([rim - 1], 7.5))
        canvas.shade_rows(trim)


def _bloom(canvas: Canvas, dice: Dice, flower: int, row: int, column: int) -> None:
    legend = {"f": flower + BASE, "F": flower + LIGHT, "S": flower + SHINE}
    canvas.stamp(dice.pick(("FF\nff", "F.f\nfSf", ".F.\nFSf\n.f.", "F")), row - 1, column, legend)


def _column(canvas: Canvas, dice: Dice, plant: int, flower: int) -> None:
    top = dice.between(2, 3)
    canvas.fill(plant, top, mirrored([1] + [2] * (10 - top), 7.5))
    left: Spans = [(3, 3), (3, 4), (3, 5), (4, 5)]
    right: Spans = [(12, 12), (11, 12), (10, 12), (10, 11)]
    if dice.chance(0.85):
        canvas.fill(plant, dice.between(3, 5), left)
    if dice.chance(0.75):
        canvas.fill(plant, dice.between(4, 6), right)
    for row in range(top + 1, 10, 2):  # spines
        canvas.dots(plant, SHINE, (row, 7 + row // 2 % 2))
    if dice.chance(0.6):
        _bloom(canvas, dice, flower, top, 7)


def _ball(canvas: Canvas, dice: Dice, plant: int, flower: int) -> None:
    top, wide = dice.between(3, 5), dice.between(4, 5)
    canvas.fill(plant, top, mirrored([wide - 2, wide - 1, *[wide] * (7 - top), wide - 1, wide - 1, wide - 2], 7.5))
    canvas.shade_round(plant)
    for column in (5, 8, 10):  # ribs
        canvas.fill(plant, top + 1, [(column, column)] * (9 - top), SHADOW, over=plant)
    for column in (6, 9):
        canvas.dots(plant, SHINE, (top + 2, column), (top + 4, column))
    if dice.chance(0.8):
        _bloom(canvas, dice, flower, top, 7)


def _paddles(canvas: Canvas, dice: Dice, plant: int, flower: int) -> None:
    """Two paddles behind a third, which throws its outline on them."""
    rise, lean = dice.between(1, 2), dice.between(0, 1)
    canvas.fill(plant, rise + 1, [(4, 5), (3, 6), (3, 6), (3, 6), (4, 6)])
    canvas.fill(plant, rise + 2 + lean, [(10, 11), (9, 12), (9, 12), (9, 11)])
    canvas.fill(plant, 5, mirrored([2, 3, 4, 4, 4, 4], 7.5), OUTLINE, over=plant)
    canvas.fill(plant, 6, mirrored([2, 3, 3, 3, 2], 7.5))
    canvas.dots(plant, SHINE, (7, 7), (9, 8), (rise + 2, 4), (rise + 4, 5), (rise + 4 + lean, 11), (8, 9))
    if dice.chance(0.5):
        _bloom(canvas, dice, flower, rise + 1, 4)
    if dice.chance(0.5):
        _bloom(canvas, dice, flower, rise + 2 + lean, 10)
