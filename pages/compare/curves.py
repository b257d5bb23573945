"""The losses of all compared runs on one chart, drawn anew each second while one of them trains."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ddpm_core.runs.comparison import loss_barriers
from pages.compare import table, words
from pages.compare.choice import Lettered, refreshed
from ui import figures
from ui.controls import segmented
from ui.guard import guard
from ui.i18n import t

SECONDS = 1.0
CURVES = ("held_out", "batches")
AXES = ("step", "seconds")
SCALES = ("log", "linear")


def follow_table(runs: Sequence[Lettered]) -> None:
    """Draw the table, and go on while a run trains; once `runs` are out of date, the whole page is drawn anew."""
    st.fragment(_draw_table, run_every=_pace(runs))(runs)


def follow_loss(runs: Sequence[Lettered]) -> None:
    """Draw the chart, and go on while a run trains."""
    st.fragment(_draw_loss, run_every=_pace(runs))(runs)


def _pace(runs: Sequence[Lettered]) -> float | None:
    return SECONDS if any(one.run.alive for one in runs) else None


def _draw_table(drawn: Sequence[Lettered]) -> None:
    with guard():
        runs = refreshed(drawn)
        if runs is None or [one.run.fingerprint for one in runs] != [one.run.fingerprint for one in drawn]:
            st.rerun()
        st.html(table.html(runs, bool(st.session_state.get("knobs"))))


def _draw_loss(drawn: Sequence[Lettered]) -> None:
    with guard():
        runs = refreshed(drawn)
        if runs is None:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="bottom", key="compare_loss_toolbar"):
            curve = segmented("compare.curve", CURVES, CURVES[0])
            axis = segmented("compare.axis", AXES, AXES[0])
            scale = segmented("compare.scale", SCALES, SCALES[0], lambda scale: t(f"train.scale_{scale}"))
        curves = [figures.Curve(one.label, one.run.steps, one.run.ends) for one in runs]
        ends = curve == "held_out"
        if any(len(one.ends if ends else one.metrics) for one in curves):
            figures.compared_loss_chart(
                curves,
                ends=ends,
                axis=axis,
                log=scale == "log",
                key=f"compare_loss_{curve}_{axis}",
                alt=t("compare.loss_alt", runs=", ".join(one.label for one in runs)),
            )
        else:
            st.caption(t("compare.no_loss_yet"))
        if barriers := loss_barriers([one.run.config for one in runs]):
            settings = ", ".join(words.setting(name) for name in barriers)
            st.info(t("compare.not_comparable", settings=settings), icon=":material/straighten:")
