"""Points of the plane, where a dataset is made of them: the page Data shows them as a scatter."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from ddpm_core.data import Dataset
from ui import theme
from ui.datasets import class_label
from ui.i18n import t

SIDE = 460
"""CSS pixels; both axes are as long, so that a circle looks like one."""


def draw(dataset: Dataset, label: int | None) -> None:
    """The points of a class, or all of them, beside a word on what they are."""
    left, right = st.columns([60, 40], gap="medium", vertical_alignment="center")
    names = dataset.info.class_names
    chosen = dataset.labels == label if label is not None else slice(None)
    places = dataset.images[chosen].reshape(-1, 2)
    data = pd.DataFrame({"x": places[:, 0], "y": places[:, 1]})
    data["class"] = [class_label(names[of]) if names else "" for of in dataset.labels[chosen]]
    with left:
        st.vega_lite_chart(data, _spec(bool(names)), key="data_points", alt=t("data.points_alt"))
    with right:
        st.markdown(t("data.points"))


def _spec(classes: bool) -> dict[str, Any]:
    def axis(name: str) -> dict[str, Any]:
        return {"field": name, "type": "quantitative", "scale": {"domain": [-1.1, 1.1], "nice": False}}

    encoding: dict[str, Any] = {"x": axis("x"), "y": axis("y")}
    if classes:
        encoding["color"] = {"field": "class", "type": "nominal", "legend": {"title": None, "orient": "right"}}
    mark = {"type": "circle", "size": 14, "opacity": 0.7} | ({} if classes else {"color": theme.colour("x0")})
    return {"width": SIDE, "height": SIDE, "mark": mark, "encoding": encoding, "autosize": {"type": "fit"}}
