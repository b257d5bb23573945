"""Creatures: a ghost with a hem, a face, sometimes arms and something on its head."""

from __future__ import annotations

from ddpm_core.data.sprites import palette as p
from ddpm_core.data.sprites.canvas import Canvas, Dice, mirrored
from ddpm_core.data.sprites.palette import BASE, LIGHT, OUTLINE, SHADOW, SHINE

SHEETS = (
    (0.90, 0.035, 250),
    (0.90, 0.055, 165),
    (0.88, 0.065, 5),
    (0.86, 0.075, 305),
    (0.93, 0.015, 260),
    (0.86, 0.07, 225),
)

# What hangs under the dome, by its width.
HEMS = {
    9: (
        "xxxxxxxxx\nxx.xxx.xx\nx...x...x",
        "xxxxxxxxx\nxx..x..xx",
        "xxxxxxxxx\n.xxxxxxxx\n..xxxxxxx\n....xxxxx\n........xx",
    ),
    10: (
        "xxxxxxxxxx\nxx..xx..xx",
        "xxxxxxxxxx\nxxx.xx.xxx\n.x..xx..x.",
        "xxxxxxxxxx\n.xxxxxxxxx\n..xxxxxxxx\n....xxxxxxx\n........xxx",
    ),
    11: (
        "xxxxxxxxxxx\nxx..xxx..xx",
        "xxxxxxxxxxx\nxxx.xxx.xxx\n.x...x...x.",
        "xxxxxxxxxxx\n.xxxxxxxxxx\n...xxxxxxxxx\n.......xxxx",
    ),
}
FACES = (
    "e..e\ne..e",
    "e..e\ne..e\n.mm.",
    "e...e\ne...e\n..m..",
    "e...e\ne...e\n..m..\n..m..",
    "ee..ee\nee..ee\n..mm..",
    "ez..ez\nee..ee\n......\n..mm..",
    "e...e\n.e.e.\n.....\n.mmm.",
    ".e...e.\ne.e.e.e\n.......\n..mmm..",
    "e...e\ne...e\n.mmm.\n..r..",
    "e....e\ne....e\nb.mm.b",
    "ee.ee\n.....\n.mmm.",
)


BLUSHES = (p.PINK, p.RED)
EXTRAS = (p.RED, p.PINK, p.GOLD, p.BLUE, p.PURPLE)


def ghost(canvas: Canvas, dice: Dice) -> None:
    """A hovering sheet with a torn hem and a face."""
    sheet, extra, blush = canvas.materials(dice, SHEETS, EXTRAS, BLUSHES)
    width = dice.pick((9, 10, 11))
    top, left = _sheet(canvas, dice, sheet, width)
    if dice.chance(0.5):
        canvas.flip()
        left = 16 - left - width
    face = dice.pick(FACES)
    face_width = face.index("\n")
    column = left + (width - face_width) // 2 + dice.between(-1, 1)
    legend = {"e": sheet + OUTLINE, "m": sheet + OUTLINE, "z": sheet + SHINE, "b": blush + LIGHT, "r": blush + BASE}
    canvas.stamp(face, top + dice.between(2, 3), column, legend)
    if dice.chance(0.4) and "b" not in face:
        canvas.dots(blush, SHINE, (top + 5, column - 1), (top + 5, column + face_width), over=sheet)
    canvas.shade_round(sheet, light=0.85, shadow=1.2, shine=0.4)
    _dress_ghost(canvas, dice, extra, top, left, width)


def _sheet(canvas: Canvas, dice: Dice, sheet: int, width: int) -> tuple[int, int]:
    """Dome, hem and arms; returns the top row and the left column."""
    hem = dice.pick(HEMS[width])
    hem_rows, half = hem.count("\n"), width // 2
    curled = hem_rows == 4
    height = dice.between(11, 12) + curled - hem_rows
    top, left = dice.between(2, 15 - height - hem_rows), 8 - (width + 1) // 2
    dome = [half - 2 - width % 2, half - 1, *[half] * (height - 2)]
    canvas.fill(sheet, top, mirrored(dome, left + (width - 1) / 2))
    canvas.stamp(hem, top + height - 1, left, {"x": sheet + BASE})
    if dice.chance(0.5) and not curled:
        row, lift = top + dice.between(4, 5), dice.between(-1, 1)
        canvas.dots(sheet, BASE, (row, left - 1), (row + 1, left - 1))
        canvas.dots(sheet, BASE, (row + lift, left + width), (row + 1 + lift, left + width))
    return top, left


def _dress_ghost(canvas: Canvas, dice: Dice, extra: int, top: int, left: int, width: int) -> None:
    kind = dice.pick(("", "", "", "bow", "hat", "crown"))
    middle = left + width // 2
    legend = {"b": extra + BASE, "l": extra + LIGHT, "s": extra + SHADOW}
    if kind == "bow":
        canvas.stamp("bl.lb\nbbsbb\n.b.b.", max(top - 1, 1), left + width - 5, legend)
    if kind == "hat" and top >= 3:
        canvas.stamp(".lbbs.\n.lbbs.\nllbbbs", top - 2, middle - 3, legend)
    if kind == "crown":
        canvas.stamp("l.l.b\nlbbbs", top - 1, middle - 2, legend)
