"""Pictures that are about to be kept: the first few of them, how many of each class, and what was done to them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from ddpm_core.data.own.imported import Imported, Step
from ui.datasets import class_label
from ui.i18n import t
from ui.inline import figure

FIRST = 24


def draw(imported: Imported) -> None:
    """A row of pictures, and a list of sentences."""
    names = imported.class_names
    figures = "".join(
        figure(imported.images[k], class_label(names[imported.labels[k]]) if names else str(k + 1))
        for k in _mixed(imported.labels)
    )
    counts = np.bincount(imported.labels, minlength=len(names)).tolist()
    classes = [f"{class_label(name)} {num:,}" for name, num in zip(names, counts, strict=False)]
    st.html(f'<div class="data few">{figures}</div><p class="data sum">{escape(" · ".join(classes))}</p>')
    with st.expander(t("data.done_to_them", num=f"{len(imported.images):,}"), expanded=True):
        list_steps(imported.steps)


def list_steps(steps: Sequence[Step]) -> None:
    """What was done, a sentence each."""
    lines = (f"<li>{escape(_sentence(step.kind, dict(step.values)))}</li>" for step in steps)
    st.html(f'<ul class="data did">{"".join(lines)}</ul>')


def _sentence(kind: str, values: dict[str, str | int]) -> str:
    if kind == "skipped":
        values["why"] = t(f"data.why_{values['why']}")
    if kind == "resized" and values["from"] == "mixed":
        values["from"] = t("data.mixed")
    variant = {"read": "what", "resized": "fit"}.get(kind)
    return t(f"data.did_{kind}_{values[variant]}", **values) if variant else t(f"data.did_{kind}", **values)


def _mixed(labels: np.ndarray) -> list[int]:
    """Places of the first few pictures, classes in turn."""
    turn = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        turn[of_class] = np.arange(len(of_class))
    return [int(place) for place in np.lexsort((labels, turn))[:FIRST]]
