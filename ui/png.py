"""Small pictures inside HTML: a PNG in its own address, every pixel as it is."""

from __future__ import annotations

import io
from base64 import b64encode

import numpy as np
import streamlit as st
from PIL import Image


@st.cache_data(max_entries=512, show_spinner=False)
def data_uri(picture: np.ndarray) -> str:
    """uint8 (H, W, C), C = 1 or 3, as `data:image/png;base64,…`."""
    file = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(file, format="PNG")
    return "data:image/png;base64," + b64encode(file.getvalue()).decode()
