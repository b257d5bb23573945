"""Draw pictures into a dataset of one's own: the paper, where each drawing goes, and the set as it grows."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ddpm_core.data import Dataset
from ddpm_core.data.own.datasets import add_pictures, own_datasets, remove_last
from ddpm_core.data.own.files import load_own
from ui import nav
from ui.datasets import class_label
from ui.drawing import dialog, papers
from ui.guard import guard
from ui.i18n import t
from ui.inline import image
from ui.owner import claim_dataset

FIRST_NAME = {papers.COLOUR.name: "my-sprites", papers.GREY.name: "my-digits"}
MOST_SHOWN = 48
FEW, SHIFT = 2, 2
"""Pictures that one can train on, and the shift (pixels) advised for a handful."""
_ADDED = "drawing_added"


@st.fragment
def draw() -> None:
    """A stroke redraws this part alone; a picture that was added redraws the page."""
    paper = dialog.choose_paper()
    left, right = st.columns([71, 29], gap="medium")
    with left:
        papers.draw(paper)
        dialog.examples(paper)
    with right, guard():
        _into(paper)


def _into(paper: papers.Paper) -> None:
    own = [name for name, info in own_datasets().items() if (info.height, info.width, info.channels) == paper.shape]
    name = st.selectbox(
        t("drawing.into"),
        own or [FIRST_NAME[paper.name]],
        accept_new_options=True,
        key=f"drawing_into_{paper.name}",
        help=t("drawing.into_help"),
    )
    dataset = load_own(name) if name in own else None
    class_name = st.selectbox(
        t("drawing.class"),
        dataset.info.class_names if dataset else (),
        index=None,
        accept_new_options=True,
        format_func=class_label,
        placeholder=t("drawing.class_new"),
        key=f"drawing_class_{name}",
        help=t("drawing.class_help"),
    )
    picture = papers.kept(paper)
    is_in = picture is not None and dataset is not None and np.array_equal(dataset.images[-1], picture)
    explanation = t("drawing.add_nothing") if picture is None else t("drawing.add_again") if is_in else None
    disabled = picture is None or is_in or not name
    add = st.button(t("drawing.add"), icon=":material/add:", type="primary", disabled=disabled, help=explanation)
    if add and picture is not None:
        add_pictures(name, picture[None], class_name or "")
        if dataset is None:
            claim_dataset(name)
        _added(name).append(len(load_own(name).images))
        st.rerun()
    if dataset:
        _show(dataset)


def _show(dataset: Dataset) -> None:
    """The set so far, the newest first, with a way back and a way on."""
    name, num = dataset.info.name, len(dataset.images)
    st.caption(f"**{name}** · {t('drawing.so_far', num=num)}{_counts(dataset)}")
    st.html(
        '<div style="display: flex; flex-wrap: wrap; gap: 4px">'
        + "".join(_small(dataset, k) for k in range(num - 1, max(-1, num - 1 - MOST_SHOWN), -1))
        + "</div>"
    )
    mine = _added(name)
    if mine and mine[-1] == num and st.button(t("drawing.take_back"), icon=":material/undo:", type="tertiary"):
        remove_last(name)
        mine.pop()
        st.rerun()
    if num >= FEW:
        flip = "on" if dataset.info.channels == papers.COLOUR.shape[2] else "off"  # digits mean other things mirrored
        nav.link("train", t("drawing.train"), dataset=name, flip=flip, shift=SHIFT)
        st.caption(t("drawing.train_few"))


def _counts(dataset: Dataset) -> str:
    names = dataset.info.class_names
    counts = np.bincount(dataset.labels, minlength=len(names))
    return "".join(f" · {class_label(name)} {count}" for name, count in zip(names, counts, strict=False))


def _small(dataset: Dataset, k: int) -> str:
    names = dataset.info.class_names
    said = class_label(names[dataset.labels[k]]) if names else str(k + 1)
    style = "width: 32px; height: 32px; image-rendering: pixelated; border-radius: 3px"
    return image(dataset.images[k], said, title=said, style=style)


def _added(name: str) -> list[int]:
    """How many pictures the set had after each one this visitor added: only those may be taken back here."""
    return st.session_state.setdefault(_ADDED, {}).setdefault(name, [])
