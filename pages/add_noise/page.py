"""Add noise: a picture, t, and one formula between them."""

import streamlit as st

from pages.add_noise import exhibit, schedules
from ui import lesson, nav
from ui.guard import guard
from ui.i18n import t

lesson.show_header("add_noise")

stage = st.container()
chosen = None
with guard():
    chosen = exhibit.choose()
    with stage:
        exhibit.draw(chosen)
    exhibit.offer_denoising(chosen)
    exhibit.warn_of_remaining_picture(chosen.schedule)

lesson.show_section("add_noise", "try")

lesson.show_section("add_noise", "jump")
lesson.show_formula("q_sample")
lesson.show_section("add_noise", "schedule")
lesson.show_formula("alphas_cumprod")
if chosen:
    schedules.offer(chosen.schedule, st.session_state["t"])
lesson.show_section("add_noise", "sigma")
lesson.show_formula("sigma", code=False)
lesson.show_formula("snr", code=False)

nav.link("train", t("add_noise.next"))
