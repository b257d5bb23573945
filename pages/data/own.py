"""A visitor's own pictures: four ways in, and the way out."""

from __future__ import annotations

import streamlit as st

from ddpm_core.data.own.datasets import delete_own
from ddpm_core.data.own.files import is_own, read_description
from pages.data import download, drawing, preview, upload
from ui import controls, lesson, owner, state
from ui.guard import guard
from ui.i18n import t

WAYS = {"upload": upload.from_upload, "folder": upload.from_folder, "draw": drawing.draw, "download": download.draw}
"""By their names in `?add=`: what each draws."""


def draw() -> None:
    """The section on own pictures, with the way in that is in `?add=`."""
    section = lesson.prose("data").sections["own"]
    st.header(section.title, anchor="own")
    st.markdown(section.text)
    names = list(WAYS)
    way = controls.segmented("data.way", names, names[0], name="add", label_visibility="collapsed")
    upload.say_what_was_saved()
    with guard():
        WAYS[way]()


def show_origin(name: str) -> None:
    """For a dataset of one's own: where it came from, and what was done to its pictures on the way in."""
    if not is_own(name):
        return
    described = read_description(name)
    title = t("data.origin", source=described.source) if described.source else t("data.origin_unknown")
    with st.expander(title, icon=":material/history:"):
        preview.list_steps(described.steps)


def delete_button(name: str) -> None:
    """For a dataset of one's own: ask, then delete."""
    if not is_own(name):
        return
    if not owner.may_delete_dataset(name):
        st.button(t("data.delete"), icon=":material/delete:", disabled=True, help=t("data.not_yours"))
        return
    with st.popover(t("data.delete"), icon=":material/delete:"):
        st.markdown(t("data.delete_sure"))
        st.button(t("data.delete_yes"), type="primary", on_click=_delete, args=(name,))


def _delete(name: str) -> None:
    with guard():
        if not owner.may_delete_dataset(name):
            raise ValueError(t("data.not_yours"))
        delete_own(name)
        state.forget("dataset")
        st.toast(t("data.deleted", name=name), icon=":material/delete:")
