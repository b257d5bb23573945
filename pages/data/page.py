"""Data: what a network is trained on, looked at picture by picture, and where one's own pictures come in."""

import streamlit as st

from pages.data import exhibit, own, steps
from ui import lesson
from ui.guard import guard

exhibit.style()
lesson.show_header("data")

toolbar = st.container(key="data_toolbar", horizontal=True, vertical_alignment="bottom", gap="small")
picked = None
with guard():
    with toolbar:
        name = exhibit.choose()
    looked = exhibit.load(name)
    if looked is not None:
        picked = exhibit.draw(looked, toolbar)

if picked is not None:
    lesson.show_section("data", "before")
    with guard():
        steps.draw(picked)
    lesson.show_source("ddpm_core.pictures.tensors:scaled")
    lesson.show_section("data", "augment")
    with guard():
        steps.draw_augmented(picked)

own.draw()

lesson.show_section("data", "try")
lesson.show_section("data", "maths")
