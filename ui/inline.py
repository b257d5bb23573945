"""What stands inside Markdown and HTML: a visitor's words, and small pictures."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from html import escape

import numpy as np
import streamlit as st
from PIL import Image

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>&@])")


def plain(text: str) -> str:
    """What a visitor typed, with every sign escaped that Markdown, LaTeX, emoji or colours could begin with."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


@st.cache_data(max_entries=512, show_spinner=False)
def data_uri(picture: np.ndarray) -> str:
    """uint8 (H, W, C), C = 1, 3 or 4, as `data:image/png;base64,…`: a PNG in its own address, every pixel as it is."""
    file = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(file, format="PNG")
    return "data:image/png;base64," + b64encode(file.getvalue()).decode()


def image(picture: np.ndarray, alt: str, **attributes: str) -> str:
    """A picture as an element of HTML."""
    more = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f'<img src="{data_uri(picture)}" alt="{escape(alt)}"{more}>'


def figure(picture: np.ndarray, said: str) -> str:
    """A picture over its caption, which also stands in for it."""
    return f"<figure>{image(picture, said)}<figcaption>{escape(said)}</figcaption></figure>"
