"""A pixel editor: colour sprites or grey digits, drawn by mouse, finger or keyboard; it reports when a stroke ends."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components import script, style
from ui.components.position import show, start
from ui.i18n import table

PALETTES: dict[int, dict[str, str]] = {
    3: dict(
        zip(
            "ink white red orange yellow green teal blue purple pink silver grey slate cream peach tan brown umber "
            "crimson gold lime forest sky navy".split(),
            "221c2b ffffff d43d4b ee8b3a f8cf4e 47a356 2c9c98 3b6fd4 7a4fc0 ee86ac c9ccd6 868c9c 4a4f63 fbe8c8 eeb68c "
            "c58856 8a5533 55331f 8f2438 d9a21f a3cf4b 24613c 74bdf0 263a7c".split(),
            strict=True,
        )
    ),
    1: {"white": "ffffff", "silver": "c0c0c0", "grey": "808080", "slate": "404040", "black": "000000"},
}
"""Colours by name, for pictures of 3 channels and of 1; the first ten have the keys 1, 2, … 9, 0."""
GROUND = {3: 255, 1: 0}
"""Sprites stand on white, digits on black."""

_component = st.components.v2.component(
    "ddpm_lab_editor", js=script("editor/editor.js"), css=style("editor/editor.css")
)


def editor(picture: NDArray[np.uint8], *, key: str = "editor") -> NDArray[np.uint8]:
    """Draw on a picture, uint8 (H, W, C), C 1 or 3; returns it as it was when the learner last let go.

    Another `picture` than before is put on the paper, where it can be undone; see `position.start`. What the browser
    sends is taken only if it is such a picture. Raises ValueError for another shape.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in PALETTES:
        raise ValueError(f"picture is {picture.dtype} {picture.shape}; allowed: uint8 (H, W, C) with C 1 or 3.")
    channels = picture.shape[2]
    where = start(key, {"pixels": _encode(picture)})
    if _decode(where["pixels"], picture.shape) is None:
        where |= {"pixels": _encode(picture)}
    names, words = PALETTES[channels], table("editor")
    header = {
        "shape": picture.shape,
        "ground": GROUND[channels],
        "names": [words[f"colour_{name}"] for name in names],
    }
    colours = np.array([list(bytes.fromhex(colour))[:channels] for colour in names.values()], np.uint8)
    now = show(_component, key, where, words, header, {"palette": colours})
    drawn = _decode(now["pixels"], picture.shape)
    return picture if drawn is None else drawn


def _encode(picture: NDArray[np.uint8]) -> str:
    return base64.b64encode(np.ascontiguousarray(picture).data).decode()


def _decode(text: Any, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """The picture that the browser sent, None if it is none of this shape."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        return None
    return np.frombuffer(raw, np.uint8).reshape(shape) if len(raw) == int(np.prod(shape)) else None
