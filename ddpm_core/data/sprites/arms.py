"""Things to fight with: a sword, a shield."""

from __future__ import annotations

from ddpm_core.data.sprites import palette as p
from ddpm_core.data.sprites.canvas import Canvas, Dice, mirrored
from ddpm_core.data.sprites.palette import BASE, LIGHT, SHADOW, SHINE

BLADES = (p.STEEL, p.STEEL, p.STEEL, p.STEEL, p.GOLD, p.COPPER, p.SKY, p.TEAL, p.LIME, p.RED, p.PURPLE, p.BLACK)
GRIPS = (p.LEATHER, p.BROWN, p.RED, p.BLUE, p.GREEN, p.PURPLE, p.BLACK)
METALS = (p.GOLD, p.GOLD, p.STEEL, p.COPPER)

# The tip's step along the diagonal, shortest and longest.
SWORDS = {"straight": (11, 12), "thin": (11, 12), "broad": (10, 11), "sabre": (10, 11), "dagger": (8, 9)}


def sword(canvas: Canvas, dice: Dice) -> None:
    """Point up, along the diagonal: straight, thin, broad, curved or short."""
    kind = dice.pick(tuple(SWORDS))
    blade, guard, grip, gem = canvas.materials(dice, BLADES, METALS, GRIPS, p.VIVID)
    # Step s of the diagonal is the cell (13 - s, 2 + s): pommel, grip, guard, blade.
    hilt, tip = dice.between(2, 3), dice.between(*SWORDS[kind])
    _blade(canvas, kind, blade, hilt + 2, tip)
    for step in range(hilt + 1):
        canvas.dots(grip, BASE if step % 2 else SHADOW, (13 - step, 2 + step))
        canvas.dots(grip, LIGHT if step % 2 else BASE, (12 - step, 2 + step))
    _guard(canvas, guard, 12 - hilt, 3 + hilt, dice.between(2, 3))
    if dice.chance(0.5):
        canvas.dots(gem, SHINE, (12 - hilt, 3 + hilt))
        canvas.dots(gem, BASE, (13 - hilt, 3 + hilt))
    canvas.dots(guard, LIGHT, (13, 1), (12, 1))
    canvas.dots(guard, BASE, (14, 1), (14, 2), (13, 2))
    if dice.chance(0.5):
        canvas.flip()


def _blade(canvas: Canvas, kind: str, blade: int, first: int, tip: int) -> None:
    """Lit along its upper edge, in shadow along its lower one, and pointed."""
    bend = 1 if kind == "sabre" else 0
    middle = [(13 - step, 2 + step - bend * ((step - first) ** 2 // 13)) for step in range(first, tip + 1)]
    for row, column in middle[:-1]:
        canvas.dots(blade, SHADOW, (row, column + 1), (row + 1, column + 1))
        canvas.dots(blade, BASE if kind == "thin" else LIGHT, (row, column - 1))
        if kind != "thin":
            canvas.dots(blade, LIGHT, (row - 1, column))
        if kind == "broad" and (row, column) in middle[:-2]:
            canvas.dots(blade, BASE, (row + 1, column + 1))
            canvas.dots(blade, LIGHT, (row - 1, column - 1))
            canvas.dots(blade, SHADOW, (row + 2, column + 1), (row + 1, column + 2))
    canvas.dots(blade, BASE if kind == "broad" else SHINE, *middle)


def _guard(canvas: Canvas, guard: int, row: int, column: int, reach: int) -> None:
    """Across the diagonal, where hilt and blade meet."""
    for k in range(-reach, reach + 1):
        if row + k > 14 or column + k < 1:
            continue
        canvas.dots(guard, LIGHT if k < 0 else BASE, (row + k, column + k))
        if k < reach and row + k < 14:
            canvas.dots(guard, BASE if k < 0 else SHADOW, (row + k + 1, column + k))


# Half widths, row by row.
SHIELDS = {
    "heater": (5, 6, 6, 6, 6, 6, 6, 5, 5, 4, 3, 2, 1),
    "kite": (3, 5, 5, 5, 5, 5, 5, 4, 4, 3, 3, 2, 2, 1),
    "round": (2, 4, 5, 6, 6, 6, 6, 6, 6, 5, 4, 2),
    "tower": (5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 4, 2),
    "swiss": (6, 5, 5, 5, 6, 6, 6, 6, 5, 5, 4, 3, 1),
}
EMBLEMS = ("cross", "bend", "chevron", "pale", "fess", "quarters", "boss", "star", "plain")
LIGHT_CHARGES = (p.GOLD, p.WHITE, p.CREAM)
DARK_CHARGES = (p.CRIMSON, p.BLUE, p.BLACK, p.PURPLE, p.GREEN)


def shield(canvas: Canvas, dice: Dice) -> None:
    """A rim of metal round a painted field with an emblem."""
    shape = dice.pick(tuple(SHIELDS))
    slimmer = dice.between(0, 1)
    halves = [half - slimmer if half > 4 else half for half in SHIELDS[shape]]
    middle = 7.5 if shape == "round" else dice.pick((7, 7.5))
    paint = dice.colour((*p.VIVID, p.WOOD, p.BROWN))
    rim, field = canvas.material(dice.colour(METALS)), canvas.material(paint)
    charge = canvas.material(dice.colour(p.contrasting(paint, LIGHT_CHARGES, DARK_CHARGES)))
    top, rows = dice.between(1, 15 - len(halves)), mirrored(halves, middle)
    canvas.fill(rim, top, rows)
    inner = [
        (max(r[0] for r in near) + 1, min(r[1] for r in near) - 1)
        for near in zip(rows, rows[1:], rows[2:], strict=False)
    ]
    canvas.fill(field, top + 1, inner)
    _emblem(canvas, dice.pick(EMBLEMS), field, charge, rim)
    for material in (field, charge):
        canvas.shade_round(material, light=0.55, shadow=1.2)
    canvas.shade_edges(rim)


def _emblem(canvas: Canvas, emblem: str, field: int, charge: int, rim: int) -> None:
    """Paint the part of the field that the emblem covers."""
    rows, columns = canvas.where(field).nonzero()
    # Twice the distance from the middle, a little above the field's own: shields narrow downwards.
    middle_y, middle_x = rows.min() + rows.max() - 2, columns.min() + columns.max()
    dy, dx = 2 * rows - middle_y, 2 * columns - middle_x
    ax, ay = abs(dx), abs(dy)
    covered = {
        "cross": (ax <= 1) | (ay <= 1),
        "bend": abs(dx - dy) <= 3,
        "chevron": (dy - ax >= -3) & (dy - ax <= 1),
        "pale": ax <= 2,
        "fess": ay <= 2,
        "quarters": (dx > 0) != (dy > 0),
        "boss": (ax + ay <= 5) & (ax <= 3) & (ay <= 3),
        "star": (ax + ay <= 4) | ((ax <= 1) & (ay <= 5)) | ((ay <= 1) & (ax <= 5)),
        "plain": ax < 0,
    }[emblem]
    places = zip(rows[covered].tolist(), columns[covered].tolist(), strict=True)
    canvas.dots(rim if emblem == "boss" else charge, BASE, *places)
