"""One colour per idea, wherever it appears: picture frames, curves, formula terms, charts."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ddpm_core.pictures.points import COLOURS as POINT_COLOURS


@dataclass(frozen=True)
class Colour:
    """An idea's colour on the light and on the dark theme; a test holds both to WCAG AA (4.5 : 1)."""

    light: str
    dark: str


COLOURS = {
    "x0": Colour("#0b7a6b", "#3ecdb5"),
    "eps": Colour("#a35a00", "#f0a942"),
    "xt": Colour("#6549d9", "#a593ff"),
    "prediction": Colour("#1a66b8", "#6cb4ff"),
    "error": Colour("#c02b3a", "#ff8088"),
}
"""Clean picture teal, noise amber, noised picture violet, prediction (eps_hat, x0_hat) blue, error red."""

RUNS = (
    Colour("#ad1a72", "#ff86c8"),
    Colour("#547000", "#b4d455"),
    Colour("#4a4856", "#c9c6d4"),
    Colour("#9a4a12", "#e8a06a"),
)
"""The first, second, third and fourth of the runs that one chart shows: no idea's colour."""


CLASSES = tuple(
    Colour(light, dark)
    for light, dark in zip(
        POINT_COLOURS,
        ("#6cb4ff", "#ff9e66", "#9ccc52", "#f08ad6", "#3ecdb5", "#ff8088", "#a593ff", "#e0bb3c"),
        strict=True,
    )
)
"""The classes of points, neighbours far apart; on the light theme as in the pictures that files keep."""


def css() -> str:
    """The colours as CSS custom properties (`--x0`, …, `--class-0`, …): they follow Streamlit's theme by themselves."""
    named = {**COLOURS, **{f"class-{k}": colour for k, colour in enumerate(CLASSES)}}
    return "".join(f"--{name}: light-dark({c.light}, {c.dark});\n" for name, c in named.items())


def colour(idea: str) -> str:
    """The colour of an idea on the theme this visitor sees, as #rrggbb; for charts and formulas."""
    return COLOURS[idea].dark if st.context.theme.type == "dark" else COLOURS[idea].light


def run_colours() -> list[str]:
    """The colours of RUNS on the theme this visitor sees."""
    return [colour.dark if st.context.theme.type == "dark" else colour.light for colour in RUNS]
