"""Generate: a walk from noise to pictures, played and dragged; changing what is asked for samples anew."""

from functools import partial

import streamlit as st

from jobs.pool.tasks.trajectory import TrajectoryRequest
from pages.generate import exhibit, paths, request, sdedit, takeaway
from ui import asking, lesson, nav
from ui.guard import guard
from ui.i18n import t
from ui.runs import shipped_frames

lesson.show_header("generate")

top = st.container(horizontal=True, vertical_alignment="bottom", key="generate_view_toolbar")
stage, foot = st.container(key="generate_stage"), st.container(key="generate_foot")
settings = st.container(horizontal=True, vertical_alignment="bottom", key="generate_request_toolbar")
origin_bar = st.container()
below = st.container(key="generate_below")

with guard():
    with top:
        view = request.choose_view()
        run = request.choose_run()
    if run is None or run.folder is None:
        st.info(t("generate.no_runs"), icon=":material/model_training:")
        nav.link("train", t("generate.to_train"))
        st.stop()
    with top:
        epochs = request.choose_epochs(run, view)
    start = None
    with settings:
        origin = sdedit.choose_origin(run.folder)
    with origin_bar, guard():
        start = sdedit.choose_start(run.folder, origin)
    with settings:
        sample = request.choose_sample(run.folder, view, start)
    wanted = TrajectoryRequest(str(run.path), epochs, sample, start)
    asked = asking.asked("generate", "sample_trajectory")
    asked.want(wanted, shipped=partial(shipped_frames.answer, "generate"))
    shown = asked.latest
    if shown:
        with stage:
            exhibit.draw(shown, wanted, view)
        with below:
            paths.offer(shown)
    with foot:
        if not asking.show_progress(asked, exhibit.progress) and shown:
            takeaway.draw(shown)

lesson.show_section("generate", "try")
lesson.show_section("generate", "request")
lesson.show_section("generate", "maths")
lesson.show_formula("x0_from_eps")
lesson.show_section("generate", "ddpm")
lesson.show_formula("q_posterior", code=False)
lesson.show_source("ddpm_core.sampler:ddpm_step")
lesson.show_section("generate", "ddim")
lesson.show_formula("ddim_step")
lesson.show_section("generate", "guidance")
lesson.show_formula("guidance")
lesson.show_section("generate", "sdedit")
lesson.show_formula("sdedit")
