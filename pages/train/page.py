"""Train: start a run, watch it, and see what its pictures were worth at each epoch."""

import streamlit as st

from pages.train import choice, film, form, live
from ui import lesson
from ui.guard import guard

choice.style()
lesson.show_header("train")
form.new_run()

with guard():
    shown = choice.choose()
    if shown is not None:
        left, right = st.columns([54, 46], gap="medium")
        with left, guard():
            live.follow(shown)
            film.guess(shown)
        with right, guard():
            film.film(shown)

lesson.show_section("train", "try")
words, formulas = st.columns(2, gap="large", vertical_alignment="center")
with words:
    lesson.show_section("train", "step")
with formulas:
    lesson.show_formula("q_sample", code=False)
    lesson.show_formula("loss_simple", code=False)
lesson.show_source("ddpm_core.training.objective:Objective.loss")
lesson.show_section("train", "by_t")
lesson.show_formula("linear_baseline")
lesson.show_section("train", "why")
