"""Drawing on any page: the button that opens the editor, and the editor in a dialog."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ddpm_core.data.digits import make_digits
from ddpm_core.data.sprites import CLASS_NAMES
from ddpm_core.runs.folder import RunFolder
from ui import cache, controls, nav
from ui.drawing import papers
from ui.i18n import t
from ui.runs.view import drawing_runs

PAPERS = {paper.name: paper for paper in (papers.COLOUR, papers.GREY)}
_OPEN, _EXAMPLE = "drawing_open", "drawing_example"


def choose_paper() -> papers.Paper:
    """Colour or grey, held in `?paper=`."""
    return PAPERS[controls.segmented("drawing.paper", tuple(PAPERS), papers.COLOUR.name)]


def button(paper: papers.Paper, page: str) -> None:
    """Opens the editor in a dialog; the page follows when it is closed."""
    drawn = papers.kept(paper) is not None
    type_ = "secondary" if drawn else "primary"
    help_ = None if drawn else t("drawing.nothing_yet")
    controls.button("drawing.edit" if drawn else "drawing.start", "draw", _open, paper, page, help=help_, type=type_)
    # Whatever else redraws the page meanwhile, the dialog stays until it is closed.
    if st.session_state.get(_OPEN) == (page, paper.name):
        st.dialog(t("drawing.title"), width="medium", on_dismiss=_close)(_edit)(paper)


def examples(paper: papers.Paper) -> None:
    """A button that puts pictures to begin with on the paper."""
    label = t(f"drawing.example_{paper.name}")
    st.button(label, icon=":material/casino:", help=t("drawing.example_help"), on_click=_put_example, args=(paper,))


def denoise_link(paper: papers.Paper, sigma: float) -> None:
    """On to Generate with the drawing, noised as much as here, and the first run that draws pictures of its size."""
    for run in drawing_runs().values():
        info = RunFolder(run.path).data_info
        if (info.height, info.width, info.channels) == paper.shape:
            t_start = max(1, cache.schedule(run.config.schedule).nearest_t(sigma))
            nav.link("generate", t("drawing.denoise", t=t_start), run=run.id, start="drawing", t_start=t_start)
            return


def _edit(paper: papers.Paper) -> None:
    papers.draw(paper)
    with st.container(horizontal=True):
        examples(paper)
        st.space("stretch")
        if controls.button("drawing.done", "check", type="primary"):
            _close()
            st.rerun()


def _open(paper: papers.Paper, page: str) -> None:
    st.session_state[_OPEN] = (page, paper.name)


def _close() -> None:
    st.session_state[_OPEN] = None


def _put_example(paper: papers.Paper) -> None:
    k = st.session_state[_EXAMPLE] = st.session_state.get(_EXAMPLE, -1) + 1
    papers.keep(paper, _example(paper, k))


def _example(paper: papers.Paper, k: int) -> np.ndarray:
    if paper == papers.COLOUR:
        return cache.sprite(k % len(CLASS_NAMES), k)
    return make_digits(k % 10 + 1, k)[0][-1]
