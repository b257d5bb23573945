"""Creatures: a cat in three poses, with its own ears, tail and fur."""

from __future__ import annotations

from ddpm_core.data.sprites import palette as p
from ddpm_core.data.sprites.canvas import Canvas, Dice
from ddpm_core.data.sprites.palette import BASE, LIGHT, OUTLINE, SHADOW

FURS = (p.ORANGE, (0.72, 0.14, 62), p.GREY, (0.45, 0.02, 270), p.BLACK, p.CREAM, p.WHITE, p.BROWN, (0.80, 0.07, 70))
IRISES = (p.LIME, p.YELLOW, p.SKY, p.ORANGE)
POINTS = (p.BLACK, p.BROWN)

# c coat, x stripes, w chest and paws, m muzzle, n nose, i inner ear, e f eyes (f alone when shut), t tail, s shadow.
HEAD = """
..cixxxic..
.ccccxcccc.
.ccecccecc.
.ccfcncfcc.
.cccmmmccc.
..ccmmmcc..
"""
EARS = (
    "..c.....c..\n..cc...cc..",
    ".c.......c.\n.cc.....cc.",
    "..c.....c..\n.ccc...ccc.",
)
SITTING = (
    "...ccccc...\n..cccwccc..\n..xccwccx..\n..cccwccc..\n.xccswsccx.\n.cwwcswwcc.",
    "..ccccccc..\n.ccccwcccc.\n.xcccwcccx.\n.ccccwcccc.\n.xccswsccx.\n.cwwcscwwc.",
    "...ccccc...\n...ccwcc...\n..xccwccx..\n..cccwccc..\n..ccswscc..\n..wwcscww..",
)
SITTING_TAILS = (
    (8, "...t\n...tt\n....t\n....t\n.tttt\ntttt"),
    (3, "...tt\n....t\n....t\n....t\n....t\n....t\n....t\n....t\n....t\n..ttt\nttt.."),
    (11, "....t\n..ttt\ntttt."),
    (7, "..ttt\n..t.t\n....t\n....t\n...tt\n..tt.\nttt.."),
)
LYING = """
..........xcx.
..........xcxc
..........xcxc
..cccccccccccc
..ccccccccccc.
..wwwcswwwcccc
"""
LYING_TAILS = (
    (0, "...........tt.\n............tt\n.............t\n............tt\n...........tt."),
    (0, ".............t\n.............t\n.............t\n............tt\n............t."),
    (10, ".......ttttttt"),
    (4, ""),
)
WALKING = """
.......cccxccc
.......cccxccc
.......ceccces
.......cfcncfs
.tcxcxccsmmmss
..cxcxcxscmcc.
..cxcxccccccw.
..cccccccccww.
..cccccccccww.
"""
LEGS = (
    "..cc.sc.cc.sc.\n..cc..s.cc..s.\n..ww..w.ww..w.",
    "..ccsc..ccsc..\n..cc.s..cc.s..\n..ww.w..ww.w..",
    ".ccc.s..cc.scc\n.cc..s..cc..cc\n.ww..w..ww..ww",
)
WALKING_EARS = ("........c...c.\n........cc.cc.", ".......c.....c\n.......cc...cc")
WALKING_TAILS = (
    (1, ".t\ntt\nt.\nt.\ntt\n.t"),
    (0, "tt\n.t\n.t\n.t\n.t\n.t\n.t"),
    (6, "tt\ntt\nt.\nt.\nt."),
    (2, "t.\nt.\ntt\n.t\n.t"),
)


def cat(canvas: Canvas, dice: Dice) -> None:
    """Sitting, walking or lying; plain, striped, white-bibbed or with dark points."""
    fur = dice.colour(FURS)
    pattern = dice.pick(("plain", "tabby", "tabby", "bib", "points" if fur[0] > 0.7 else "bib"))
    stripes = (max(fur[0] - 0.22, 0.32), fur[1] * 0.9, fur[2] - 10)
    coat = canvas.material(fur)
    mark, iris, white, pink, collar = canvas.materials(
        dice, (stripes,) if pattern == "tabby" else POINTS, IRISES, (p.WHITE, p.CREAM), (p.PINK,), p.VIVID
    )
    points = mark if pattern == "points" else coat
    bib = white if pattern == "bib" else points
    eye = iris + LIGHT if fur[0] < 0.66 or pattern == "points" else coat + OUTLINE
    asleep = dice.chance(0.2) and fur[0] > 0.6
    legend = {"c": coat + BASE, "s": coat + SHADOW, "t": points + BASE, "n": pink + BASE, "i": pink + BASE}
    legend |= {"x": (mark if pattern == "tabby" else coat) + BASE, "w": bib + BASE, "m": bib + BASE}
    legend |= {"e": coat + BASE, "f": coat + OUTLINE} if asleep else {"e": eye, "f": eye}
    legend |= {"o": collar + BASE} if dice.chance(0.5) else {"o": coat + SHADOW}
    dice.pick((_sit, _sit, _walk, _lie))(canvas, dice, legend)
    if dice.chance(0.5):
        canvas.flip()
    canvas.shade_round(coat, light=0.62, shadow=1.25)
    canvas.shade_edges(points)


def _sit(canvas: Canvas, dice: Dice, legend: dict[str, int]) -> None:
    row, tail = dice.pick(SITTING_TAILS)
    canvas.stamp(tail, 1 + row, 9, legend)
    canvas.stamp(dice.pick(SITTING), 9, 1, legend)
    left = 1 + dice.between(-1, 1)
    canvas.stamp("ooooo", 9, 4, legend)
    canvas.stamp(HEAD, 3, left, legend)
    canvas.stamp(dice.pick(EARS), 1, left, legend)


def _lie(canvas: Canvas, dice: Dice, legend: dict[str, int]) -> None:
    top, left, sink = 4, 1 + dice.between(0, 1), dice.between(0, 1)
    canvas.stamp(LYING, top + 5, 1, legend)
    row, tail = dice.pick(LYING_TAILS)
    canvas.stamp(tail, top + row, 1, legend)
    # The head's shadow on the back.
    canvas.stamp("s\ns\ns\ns\ns", top + sink + 4, left + 10, legend, over=legend["c"])
    canvas.stamp(HEAD, top + sink + 3, left, legend)
    canvas.stamp(dice.pick(EARS), top + sink + 1, left, legend)


def _walk(canvas: Canvas, dice: Dice, legend: dict[str, int]) -> None:
    row, tail = dice.pick(WALKING_TAILS)
    canvas.stamp(tail, 1 + row, 1, legend)
    canvas.stamp(WALKING, 3, 1, legend)
    canvas.stamp(dice.pick(LEGS), 12, 1, legend)
    canvas.stamp(dice.pick(WALKING_EARS), 1, 1, legend)
