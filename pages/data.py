"""Data: what a network is trained on, looked at picture by picture, and where one's own pictures come in."""

import streamlit as st

from ui import lesson
from ui.guard import guard
from ui.views import data, data_own, data_steps

data.style()
lesson.show_header("data")

toolbar = st.container(key="data_toolbar", horizontal=True, vertical_alignment="bottom", gap="small")
picked = None
with guard():
    with toolbar:
        name = data.choose()
    looked = data.load(name)
    if looked is not None:
        picked = data.draw(looked, toolbar)

if picked is not None:
    lesson.show_section("data", "before")
    with guard():
        data_steps.draw(picked)
    lesson.show_source("ddpm_core.pictures:scaled")
    lesson.show_section("data", "augment")
    with guard():
        data_steps.draw_augmented(picked)

data_own.draw()

lesson.show_section("data", "try")
lesson.show_section("data", "maths")
