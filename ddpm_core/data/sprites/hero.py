"""People: a hero with hair or a helmet, an outfit, and something to hold."""

from __future__ import annotations

from ddpm_core.data.sprites import palette as p
from ddpm_core.data.sprites.canvas import Canvas, Dice
from ddpm_core.data.sprites.palette import BASE, LIGHT, OUTLINE, SHADOW, SHINE

SKINS = ((0.87, 0.065, 62), (0.81, 0.085, 60), (0.70, 0.10, 56), (0.58, 0.09, 52), (0.47, 0.075, 48))
HAIRS = (p.BROWN, p.BLACK, p.GOLD, p.ORANGE, (0.50, 0.13, 36), p.GREY, p.WHITE, p.PINK, p.TEAL, p.PURPLE, p.BLUE)
CLOTHS = (p.RED, p.ORANGE, p.GREEN, p.TEAL, p.SKY, p.BLUE, p.INDIGO, p.PURPLE, p.MAGENTA, p.BROWN, p.GREY)

# One letter per part: skin, hair, cloth (t), sleeves (a), belt and boots (b), metal, gem (q); see `hero`.
# Ten columns, looking right; the face lies under everything else.
FACE = """
..ssssss..
.ssssssss.
.ssssssss.
.ssssssss.
.sssesses.
.sssesses.
..ssssss..
"""
HAIR = (
    "..hhhhhh..\n.hhhhhhhh.\n.hhhhhhhhh\n.hhhh.hhh.\n.hh.......\n.h........",
    "..hhhhhh..\n.hhhhhhhh.\nhhhhhhhhh.\nhhhh..hhh.\nhhh.......\nhhh.......\nhhh.......\nhhh.......\nhh........\nhh........",
    ".h.hh.h...\n.hhhhhhhh.\nhhhhhhhhhh\n.hhhhhhhh.\nhhh.h.....\n.h........",
    "..hhhhhh..\n.hhhhhhhh.\n.hhhhhhhh.\n.hhhhhhhh.\n.hhh....h.\n.hh.....h.\n.hh.......",
    "..hhhhhh..\n.hhhhhhhh.\nhhhhhhhhh.\nhhhhhh....\nhhh.......\nhh........\nhh........\n.h........",
    "...hhhh...\n..hhhhhh..\n.hhhhhhhh.\n.hhh...hh.\n.h........",
)
HEADGEAR = (
    "..mmmmmm..\n.mmmmmmmm.\n.mmmmmmmm.\n.mmmmmmmmm\n.mm.......\n.mm.......\n.mm.......",
    "q.mmmmmm.q\nqmmmmmmmmq\n.mmmmmmmm.\n.mmmmmmmm.\n.m........",
    "qqqmmmm...\nqqmmmmmm..\nqmmmmmmmm.\n.mmmmmmmm.\n.mm.......\n.mm.......\n.mmm...mm.",
    "..tttttt..\n.tttttttt.\n.tttttttt.\ntttt...tt.\nttt.......\nttt.....t.\n.ttt...tt.\n..tttttt..",
    "..g.gg.g..\n..gggggg..\n..gqggqg..",
    "..........\n..........\nb.........\nbbbbbbbbb.\nb.........",
)
OUTFITS = (
    "..tttttt..\n.atttttta.\n.atttttta.\n.sbbbbbbs.\n..tttttt..\n..ll..ll..\n..bb..bb..",
    "..tttttt..\n.atttttta.\n.atttttta.\n.sbbggbbs.\n..tttttt..\n.tttttttt.\n.tttttttt.",
    "..mmmmmm..\nmmmttttmm.\n.amttttma.\n.sbbggbbs.\n..mmmmmm..\n..ll..ll..\n..mm..mm..",
    "..attta...\n.aatttaaa.\n.aattttaa.\n.satttbas.\n..llllll..\n..ll..ll..\n..bb..bb..",
)
CAPE = "cccccc....\ncc........\ncc........\ncc........\nccc.......\nccc......."
TOOLS = {
    "sword": (2, ".M.\n.M.\n.M.\n.M.\n.M.\n.M.\n.M.\n.M.\nggg\nsw.\n.w."),
    "staff": (1, ".q.\nqQq\n.q.\n.w.\n.w.\n.w.\n.w.\n.w.\n.w.\n.w.\nsw.\n.w.\n.w.\n.w."),
    "axe": (3, "M.m\nMwm\nMwm\nM.m\n.w.\n.w.\n.w.\n.w.\nsw.\n.w."),
    "spear": (1, ".M.\nMMm\n.m.\n.w.\n.w.\n.w.\n.w.\n.w.\n.w.\n.w.\nsw.\n.w.\n.w.\n.w."),
    "hammer": (4, "Mmm\nMmm\n.w.\n.w.\n.w.\n.w.\n.w.\nsw.\n.w."),
    "wand": (6, ".q.\nqQq\n.q.\n.w.\n.w.\nsw."),
}
BEARD = "hhhhhh\n.hhhh."
SHIELD = ".gg.\ngqqg\ngqqg\ngqqg\n.gg."


LEATHERS = (p.BROWN, p.LEATHER, p.BLACK)
METALS = (p.STEEL, p.STEEL, p.GOLD, p.COPPER)


def hero(canvas: Canvas, dice: Dice) -> None:
    """Cape, face, outfit, hair, headgear, tool and shield, laid over each other and mirrored as one."""
    parts = canvas.materials(dice, SKINS, HAIRS, CLOTHS, (*CLOTHS, p.WHITE, p.CREAM), LEATHERS, METALS, p.VIVID)
    _, hair, cloth, sleeve, leather, metal, gem = parts
    legend = {letter: part + BASE for letter, part in zip("shtabmq", parts, strict=True)}
    legend |= {"e": leather + OUTLINE, "l": sleeve + SHADOW, "w": leather + LIGHT, "g": metal + LIGHT}
    legend |= {"M": metal + SHINE, "Q": gem + SHINE, "c": gem + BASE}
    tool = dice.pick(("", "sword", "sword", "staff", "axe", "spear", "hammer", "wand"))
    left = 2 if tool else 3
    if dice.chance(0.3):
        canvas.stamp(CAPE, 8, left, legend)
    canvas.stamp(FACE, 1, left, legend)
    canvas.stamp(dice.pick(OUTFITS), 8, left, legend)
    canvas.stamp(dice.pick(HAIR), 1, left, legend)
    if dice.chance(0.45):
        canvas.stamp(dice.pick(HEADGEAR), 1, left, legend)
    if dice.chance(0.15):
        canvas.stamp(BEARD, 7, left + 2, legend)
    if tool:
        row, art = TOOLS[tool]
        canvas.stamp(art, row, 12, legend)
    if dice.chance(0.25):
        canvas.stamp(SHIELD, 9, 1, legend)
    if dice.chance(0.5):
        canvas.flip()
    canvas.shade_round(hair, light=0.8, shadow=1.2)
    for material in (cloth, sleeve, metal, leather):
        canvas.shade_rows(material)
    canvas.shade_edges(gem)
