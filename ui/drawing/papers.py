"""What a visitor has drawn, kept in the session for every page: one picture in colour, one in grey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.editor import GROUND, editor


@dataclass(frozen=True)
class Paper:
    """What one can draw on."""

    name: str
    shape: tuple[int, int, int]
    """(H, W, C)."""

    def blank(self) -> NDArray[np.uint8]:
        return np.full(self.shape, GROUND[self.shape[2]], np.uint8)


COLOUR, GREY = Paper("colour", (16, 16, 3)), Paper("grey", (28, 28, 1))


def paper_for(shape: tuple[int, ...]) -> Paper | None:
    """The paper for pictures (H, W, C); None for a size one cannot draw at here."""
    return next((paper for paper in (COLOUR, GREY) if paper.shape == tuple(shape)), None)


def kept(paper: Paper) -> NDArray[np.uint8] | None:
    """The drawing, uint8 (H, W, C); None while the paper is blank."""
    picture = _picture(paper)
    return None if (picture == paper.blank()).all() else picture


def keep(paper: Paper, picture: NDArray[np.uint8]) -> None:
    """Put a picture on the paper in place of what is there. Raises ValueError for another shape or dtype."""
    if picture.dtype != np.uint8 or picture.shape != paper.shape:
        raise ValueError(f"the drawing is {picture.dtype} {picture.shape}; allowed: uint8 {paper.shape}.")
    st.session_state[_key(paper)] = picture.copy()


def draw(paper: Paper) -> None:
    """The editor; what is drawn is kept whenever a stroke ends."""
    keep(paper, editor(_picture(paper), key=f"editor_{paper.name}"))


def _picture(paper: Paper) -> NDArray[np.uint8]:
    return st.session_state.get(_key(paper), paper.blank())


def _key(paper: Paper) -> str:
    return f"drawing_{paper.name}"
