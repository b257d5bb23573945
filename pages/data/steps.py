"""What is done to a picture before it is trained on, step by step, with the numbers of the one that is picked."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from ddpm_core.data.prepare import as_network_sees, augmented
from ui.i18n import t
from ui.inline import figure, image

PATCH = 4
"""Pixels across of the piece whose numbers are printed."""
MIDDLE_GREY = 140
EXAMPLES = ((False, 0, 0), (True, 0, 0), (False, 0, 2), (False, -2, 0), (True, 1, -2), (True, 0, 1), (False, 2, 2))
"""Of one picture: mirrored or not, moved so many pixels down and to the right."""


def draw(picture: np.ndarray) -> None:
    """Bytes, numbers from −1 to 1, channels first, a batch: for one picture, uint8 (H, W, C)."""
    height, width, channels = picture.shape
    top, left = _busiest(picture)
    prepared = as_network_sees(picture)
    patch = picture[top : top + PATCH, left : left + PATCH]
    after = prepared[0, top : top + PATCH, left : left + PATCH]
    frame = (
        f"--left:{100 * left / width}%;--top:{100 * top / height}%;"
        f"--wide:{100 * PATCH / width}%;--high:{100 * PATCH / height}%"
    )
    whole = f'<div class="framed" style="{frame}">{image(picture, t("data.step_stored"))}<i></i></div>'
    of = t("data.first_channel") if channels == 3 else ""
    steps = [
        (t("data.step_stored"), f"uint8 ({height}, {width}, {channels})", whole),
        (t("data.step_bytes"), of, _numbers(patch, patch[..., 0], "{}")),
        (t("data.step_scaled"), "x / 127.5 − 1", _numbers(patch, after, "{:.2f}")),
        (t("data.step_channels"), f"float32 ({channels}, {height}, {width})", _channels(picture)),
    ]
    parts = '<span class="arrow" aria-hidden="true">→</span>'.join(
        f"<figure><div>{body}</div><figcaption><b>{escape(title)}</b><span>{escape(note)}</span></figcaption></figure>"
        for title, note, body in steps
    )
    st.html(f'<div class="data steps">{parts}</div>')


def draw_augmented(picture: np.ndarray) -> None:
    """What mirroring and moving can make of a picture: a few of all the pictures training may draw."""
    figures = "".join(
        figure(augmented(picture, flip=flip, down=down, right=right), _moved(flip, down, right))
        for flip, down, right in EXAMPLES
    )
    st.html(f'<div class="data few large">{figures}</div>')


def _moved(flip: bool, down: int, right: int) -> str:
    """In a few words and arrows what was done."""
    words = [t("data.mirrored")] if flip else []
    words += [f"{arrow} {abs(by)}" for by, arrow in ((down, "↑↓"[down > 0]), (right, "←→"[right > 0])) if by]
    return " ".join(words) or t("data.as_is")


def _busiest(picture: np.ndarray) -> tuple[int, int]:
    """Where the piece whose pixels differ most begins: the top row and the left column."""
    height, width, _ = picture.shape
    corners = [(top, left) for top in range(height - PATCH + 1) for left in range(width - PATCH + 1)]
    return max(corners, key=lambda at: picture[at[0] : at[0] + PATCH, at[1] : at[1] + PATCH].var(axis=(0, 1)).sum())


def _numbers(patch: np.ndarray, values: np.ndarray, form: str) -> str:
    """Pixels as large squares, each with its number of the first channel."""
    cells = ""
    for pixel, value in zip(patch.reshape(-1, patch.shape[-1]), values.ravel(), strict=True):
        colour = ",".join(str(channel) for channel in (pixel if len(pixel) == 3 else pixel.repeat(3)))
        ink = "#000" if pixel.mean() > MIDDLE_GREY else "#fff"
        text = form.format(value).replace("-", "−")
        cells += f'<span style="background:rgb({colour});color:{ink}">{text}</span>'
    return f'<div class="numbers" style="--n:{PATCH}">{cells}</div>'


def _channels(picture: np.ndarray) -> str:
    """One grey picture for each channel."""
    names = ("R", "G", "B") if picture.shape[-1] == 3 else ("",)
    said = t("data.step_channels")
    layers = "".join(
        f'<div class="layer">{image(picture[..., k : k + 1], f"{said} {name}")}<b>{name}</b></div>'
        for k, name in enumerate(names)
    )
    return f'<div class="layers">{layers}</div>'
