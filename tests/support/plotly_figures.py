"""Reads the Plotly figures that a page sent, as the browser does."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest


def figures(page: AppTest) -> list[dict[str, Any]]:
    """The figures on a page, in order: data, layout, config and alt, with columns as arrays."""
    return [
        {**_read(json.loads(chart.proto.spec)), "config": json.loads(chart.proto.config), "alt": chart.proto.alt}
        for chart in page.get("plotly_chart")
    ]


def _read(part: Any) -> Any:
    if isinstance(part, dict) and part.keys() >= {"dtype", "bdata"}:
        flat = np.frombuffer(base64.b64decode(part["bdata"]), part["dtype"])
        return flat.reshape([int(n) for n in part["shape"].split(",")]) if "shape" in part else flat
    if isinstance(part, dict):
        return {name: _read(value) for name, value in part.items()}
    return [_read(value) for value in part] if isinstance(part, list) else part
