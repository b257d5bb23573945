"""Compare runs: what differs, how the losses and the pictures went, experiments in pairs, and runs as files."""

import streamlit as st

from ui import lesson
from ui.guard import guard
from ui.i18n import t
from ui.views import (
    compare_curves,
    compare_experiments,
    compare_files,
    compare_quality,
    compare_runs,
    compare_samples,
    compare_table,
)

compare_table.style()
lesson.show_header("compare")

runs: list[compare_runs.Compared] = []
with guard():
    runs = compare_runs.choose()
    if len(runs) < 2:
        st.caption(t("compare.add_one") if runs else t("compare.add_two"))
    if runs:
        compare_curves.follow_table(runs, compare_runs.fingerprint(runs))
        left, right = st.columns([54, 46], gap="medium")
        with left, guard():
            compare_curves.follow_loss(runs)
        with right, guard():
            compare_samples.draw(runs)
        with guard():
            compare_quality.draw(runs)

lesson.show_section("compare", "experiments")
compare_experiments.draw()

lesson.show_section("compare", "try")

lesson.show_section("compare", "why")
lesson.show_source("ddpm_core.comparison:loss_barriers")

lesson.show_section("compare", "files")
with guard():
    compare_files.draw(runs)
