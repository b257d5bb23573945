"""What the page Data is made of: which dataset, its pictures by class, and what they are like."""

from __future__ import annotations

from html import escape
from pathlib import Path

import numpy as np
import streamlit as st

from ddpm_core.data import dataset_names
from ddpm_core.data.idx_sets import IDX_SETS
from jobs.transfer import dataset_download
from pages.data import download, own, points
from pages.data.source import Looked, look, mean_picture
from ui import controls, datasets, nav, state, theme
from ui.components.sheet import GAP, Row, sheet, size_of
from ui.datasets import class_label
from ui.i18n import t
from ui.inline import image

STYLE = Path(__file__).with_name("data.css")
MOST_ROWS = 12
"""With more classes than this the pictures of all stand in one grid."""
STRIP, SHEET, TALL = 478, 584, 492
"""CSS pixels for a row of a class, for a plain row, and for all rows of a sheet."""
_DATASET_BEFORE = "data_dataset"


def style() -> None:
    """The look of what is drawn as HTML."""
    st.html(f"<style>.data {{{theme.css()}}}{STYLE.read_text(encoding='utf-8')}</style>")


def choose() -> str:
    """The dataset in `?dataset=`."""
    names = dataset_names()
    name = controls.select("data.dataset", names, names[0], datasets.label, width=168)
    _forget_places_of_another(name)
    return name


def load(name: str) -> Looked | None:
    """Its pictures; None for one that is to be downloaded first, which is offered in their place."""
    if name in IDX_SETS and not dataset_download.is_here(name):
        st.info(t("data.not_here", name=datasets.label(name)), icon=":material/cloud_download:")
        download.offer(name, "exhibit")
        return None
    with st.spinner(t("data.loading"), show_time=True):
        return look(name)


def draw(looked: Looked, toolbar: st.delta_generator.DeltaGenerator) -> np.ndarray | None:
    """The pictures, the one that is picked, and the numbers; returns the picked one, None for points."""
    name = looked.dataset.info.name
    with toolbar:
        label = _choose_class(looked)
    if looked.dataset.info.is_points:
        points.draw(looked.dataset, label)
        picked = None
    else:
        picked = _pictures(looked, label, toolbar)
    own.show_origin(name)
    with toolbar:
        nav.link("train", t("data.train_on"), dataset=name)
        own.delete_button(name)
        st.markdown(f"[:material/add_photo_alternate: {t('data.to_own')}](#own)")
    return picked


def _pictures(looked: Looked, label: int | None, toolbar: st.delta_generator.DeltaGenerator) -> np.ndarray:
    groups = _groups(looked, label)
    each = _each(looked, len(groups))
    with toolbar:
        pages = 1 + max(len(places) - 1 for _, places in groups) // each
        page = controls.number("data.page", 1, pages, 1, filled={"pages": f"{pages:,}"}, step=1, width=124)
    shown = [(of, places[(page - 1) * each : page * each]) for of, places in groups]
    places = np.concatenate([places for _, places in shown])
    left, right = st.columns([64, 36], gap="medium")
    with left:
        rows = [_row(looked, of, len(places)) for of, places in shown if len(places)]
        picked = sheet(
            looked.dataset.images[places],
            rows,
            key="data_sheet",
            picture=state.number("picture", 0, len(places) - 1, 0),
        )
        state.put("picture", picked, 0)
    with right:
        st.html(_about(looked, label, int(places[picked])))
    return looked.dataset.images[places[picked]]


def _choose_class(looked: Looked) -> int | None:
    """The class in `?label=`; None for all of them, and where there are none."""
    names, counts = looked.dataset.info.class_names, looked.statistics.per_class

    def label_of(name: str) -> str:
        return f"{class_label(name)} ({counts[names.index(name)]:,})" if name else t("data.every_class")

    if not names:
        return None
    chosen = controls.select("data.label", ["", *names], "", label_of, width=176)
    return names.index(chosen) if chosen else None


def _forget_places_of_another(dataset: str) -> None:
    """Another dataset is looked at from its beginning; on arrival the URL says where."""
    if st.session_state.get(_DATASET_BEFORE, dataset) != dataset:
        state.forget("label", "page", "picture")
    st.session_state[_DATASET_BEFORE] = dataset


def _groups(looked: Looked, label: int | None) -> list[tuple[int | None, np.ndarray]]:
    """Places of pictures, by class if there are several, and few enough for a row each."""
    num_classes = len(looked.dataset.info.class_names)
    if label is None and 2 <= num_classes <= MOST_ROWS:
        return [(of, looked.of_class(of)) for of in range(num_classes) if len(looked.of_class(of))]
    return [(None, looked.of_class(label))]


def _each(looked: Looked, groups: int) -> int:
    """How many pictures of a group stand on one sheet."""
    size = size_of(looked.dataset.info.width) + GAP
    across, down = ((STRIP if groups > 1 else SHEET) + GAP) // size, TALL // size
    return across * max(1, down // groups)


def _row(looked: Looked, of: int | None, num: int) -> Row:
    if of is None:
        return Row(num)
    counts = looked.statistics.per_class
    return Row(num, class_label(looked.dataset.info.class_names[of]), f"{counts[of]:,}", counts[of] / max(counts))


def _about(looked: Looked, label: int | None, place: int) -> str:
    """The picked picture large, the mean of all beside it, and the numbers."""
    dataset = looked.dataset
    names = dataset.info.class_names
    caption = class_label(names[dataset.labels[place]]) if names else ""
    of = t("data.mean_of_all") if label is None else t("data.mean_of_class", label=class_label(names[label]))
    pictures = [
        (dataset.images[place], t("data.picked", k=f"{place + 1:,}"), caption),
        (mean_picture(dataset.info.name, label), t("data.mean_picture"), of),
    ]
    figures = "".join(
        f"<figure>{image(picture, f'{title} {note}'.strip())}"
        f"<figcaption><b>{escape(title)}</b> {escape(note)}</figcaption></figure>"
        for picture, title, note in pictures
    )
    facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in _facts(looked))
    return f'<div class="data about"><div class="two">{figures}</div><dl>{facts}</dl></div>'


def _facts(looked: Looked) -> list[tuple[str, str]]:
    seen, info = looked.statistics, looked.dataset.info
    num = f"{seen.num:,}"
    values = {"low": seen.minimum, "high": seen.maximum, "mean": seen.mean, "std": seen.std}
    return [
        (t("data.pictures"), t("data.endless", num=num) if looked.endless else num),
        (t("data.held_out"), t("data.held_out_num", num=f"{looked.held_out:,}")),
        (t("data.size"), f"{info.width} × {info.height} · {t('data.grey' if info.channels == 1 else 'data.colour')}"),
        (t("data.by_class"), _classes(looked)),
        (t("data.values"), t("data.range", **{name: f"{value:.0f}" for name, value in values.items()})),
        (t("data.duplicates"), f"{seen.num_duplicates:,}"),
    ]


def _classes(looked: Looked) -> str:
    counts = looked.statistics.per_class
    low, high = f"{min(counts):,}", f"{max(counts):,}"
    if not looked.dataset.info.class_names:
        return t("data.no_classes")
    if low == high:
        return t("data.classes_even", num=len(counts), each=low)
    return t("data.classes", num=len(counts), low=low, high=high)
