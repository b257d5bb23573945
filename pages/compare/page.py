"""Compare runs: what differs, how the losses and the pictures went, experiments in pairs, and runs as files."""

import streamlit as st

from pages.compare import choice, curves, experiments, files, quality, samples, table
from ui import lesson
from ui.guard import guard
from ui.i18n import t

table.style()
lesson.show_header("compare")

runs: list[choice.Lettered] = []
with guard():
    runs = choice.choose()
    if len(runs) < 2:
        st.caption(t("compare.add_one") if runs else t("compare.add_two"))
    if runs:
        curves.follow_table(runs)
        left, right = st.columns([54, 46], gap="medium")
        with left, guard():
            curves.follow_loss(runs)
        with right, guard():
            samples.draw(runs)
        with guard():
            quality.draw(runs)

lesson.show_section("compare", "experiments")
experiments.draw()

lesson.show_section("compare", "try")

lesson.show_section("compare", "why")
lesson.show_source("ddpm_core.runs.comparison:loss_barriers")

lesson.show_section("compare", "files")
with guard():
    files.draw(runs)
