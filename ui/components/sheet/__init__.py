"""Pictures of a dataset as a contact sheet: a row for each class, or one plain grid; one of them is picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import streamlit as st

from ui.components import script, style
from ui.components.position import show, start
from ui.i18n import table

GAP = 3
"""CSS pixels between two pictures."""

_component = st.components.v2.component("ddpm_lab_sheet", js=script("sheet/sheet.js"), css=style("sheet/sheet.css"))


@dataclass(frozen=True)
class Row:
    """`num` pictures, one after the other; a row without a label is a plain grid."""

    num: int
    label: str = ""
    note: str = ""
    share: float = 0.0
    """Length of the bar under the label, 0 to 1."""


def size_of(width: int) -> int:
    """CSS pixels that a picture `width` pixels wide is drawn with: whole ones for each of its own."""
    return max(1, 56 // width) * width


def sheet(images: np.ndarray, rows: Sequence[Row], *, key: str = "sheet", picture: int = 0) -> int:
    """Draw pictures, uint8 (N, H, W, C), row by row; returns the place of the picked one, 0 to N − 1.

    Raises ValueError for shapes that do not fit.
    """
    num = sum(row.num for row in rows)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] not in (1, 3) or len(images) != num or not num:
        raise ValueError(
            f"images is {images.dtype} {images.shape}; allowed: uint8 (N, H, W, C) with C 1 or 3 and N = {num}, "
            "as many as the rows hold, at least 1."
        )
    header = {
        "shape": images.shape,
        "size": size_of(images.shape[2]),
        "gap": GAP,
        "rows": [asdict(row) for row in rows],
    }
    where = start(key, {"picture": min(max(0, picture), num - 1)})
    now = show(_component, key, where, table("sheet"), header, {"images": images})
    return min(max(0, int(now["picture"])), num - 1)
