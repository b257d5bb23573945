"""One colour per idea, wherever it appears: picture frames, curves, formula terms, charts."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st


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


def css() -> str:
    """The colours as CSS custom properties (`--x0`, `--eps`, …) that follow Streamlit's theme without a rerun."""
    return "".join(f"--{idea}: light-dark({c.light}, {c.dark});\n" for idea, c in COLOURS.items())


def colour(idea: str) -> str:
    """The colour of an idea on the theme this visitor sees, as #rrggbb; for charts and formulas."""
    return COLOURS[idea].dark if st.context.theme.type == "dark" else COLOURS[idea].light
