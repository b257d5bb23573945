"""The pictures of a run: a film strip of samples, a row for each kept epoch, and one guess at held-out pictures."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from html import escape
from pathlib import Path

import streamlit as st

from ddpm_core.runs.folder import RunFolder
from ui import nav, state
from ui.controls import segmented
from ui.datasets import class_label
from ui.i18n import t
from ui.runs.view import RunView

COLUMNS = 10
"""Pictures across: one of each class."""
ROWS = (
    ("x0", "<i>x</i><sub>0</sub>"),
    ("xt", "<i>x<sub>t</sub></i>"),
    ("prediction", '<i class="hat">x</i><sub>0</sub>'),
)
SECONDS = 1.0


def guess(run: RunView) -> None:
    """Held-out pictures at the epoch in `?epoch=`: clean, noised, and as the network takes them for."""
    if run.folder is None or not run.epochs_to_look_at:
        return
    options = [str(epoch) for epoch in run.epochs_to_look_at]
    state.follow_newest("epoch", options[-1])
    epoch = segmented("train.guess_at", options, options[-1], name="epoch")
    st.html(_guess(run.folder, int(epoch)))


def film(run: RunView) -> None:
    """The film strip, and the way to Generate with the epoch that is chosen."""
    if run.folder is None or not run.epochs_to_look_at:
        st.caption(t("train.no_pictures_yet") if run.alive else t("train.no_pictures"))
        return
    if run.alive:
        st.fragment(_now, run_every=SECONDS)(run.folder)
    st.html(_film(run.folder, run.epochs_to_look_at, [class_label(name) for name in run.class_names]))
    if run.makes_pictures:
        epoch = st.session_state["epoch"]
        nav.link("generate", t("train.to_generate", epoch=epoch), run=run.id, epoch=epoch)


def _now(run: RunFolder) -> None:
    """What the weights of this moment draw: one picture with a new source, so that nothing flickers."""
    with suppress(FileNotFoundError):
        picture = "data:image/png;base64," + b64encode(run.live.read_bytes()).decode()
        with st.container(key=f"train_now_{_size(run)}", gap=None):
            said = t("live.now_guess") if run.config.kind == "denoiser" else t("live.now")
            st.html(f"<p>{escape(said)}</p>")
            st.image(picture, alt=t("live.now_alt"))


def _film(run: RunFolder, epochs: Sequence[int], classes: Sequence[str]) -> str:
    """One row of pictures per epoch, all from the same noise; under a heading for each class."""
    rows = [(epoch, run.samples(epoch)) for epoch in epochs if run.samples(epoch).is_file()]
    if not rows:
        return f"<p class='hush'>{escape(t('train.one_step'))}</p>"
    classes = [classes[k % len(classes)] for k in range(COLUMNS)] if classes else ()  # asked for in turn
    points, said = run.data_info.is_points, ", ".join(classes)
    if points:
        heads = _ends(t("scatter.from_noise"), t("scatter.to_points"))
    else:
        names = "".join(f"<span><b>{escape(name)}</b></span>" for name in classes)
        heads = f'<div class="heads">{names}</div>'

    def alt(epoch: int) -> str:
        return t("scatter.film_alt", epoch=epoch) if points else t("train.film_alt", epoch=epoch, classes=said)

    strips = "".join(f"<span>{epoch}</span>{_strip(path, alt(epoch))}" for epoch, path in rows)
    return (
        f'<figure class="film {_size(run)}"{_grain(run)}>'
        f"<figcaption>{escape(t('scatter.film') if points else t('train.film'))}</figcaption>"
        f'<div class="grid"><span class="corner">{escape(t("train.epoch"))}</span>'
        f"{heads}{strips}</div></figure>"
    )


def _ends(left: str, right: str) -> str:
    """What lies at either end of a row."""
    return f'<div class="ends"><span>{escape(left)}</span><span>{escape(right)}</span></div>'


def _guess(run: RunFolder, epoch: int) -> str:
    """Rows x0, x_t and x0_hat of held-out pictures, t rising to the right, each in its colour."""
    path = run.denoise(epoch)
    if not path.is_file():
        return f"<p class='hush'>{escape(t('train.no_guess', epoch=epoch))}</p>"
    strips = "".join(
        f'<span style="color:var(--{idea})">{symbol}</span>'
        f"{_strip(path, t(f'train.guess_{idea}_alt', epoch=epoch), row=row, idea=idea)}"
        for row, (idea, symbol) in enumerate(ROWS)
    )
    return (
        f'<figure class="film guess {_size(run)}"{_grain(run)}><div class="grid">{strips}<span></span>'
        f"{_ends(t('train.little_noise'), t('train.much_noise'))}</div></figure>"
    )


def _strip(path: Path, alt: str, row: int | None = None, idea: str = "") -> str:
    """A PNG as a strip of sharp pixels: all of it, or one of its three rows in its idea's frame."""
    source = f'src="{_data_uri(path, path.stat().st_mtime)}" alt="{escape(alt)}"'
    if row is None:
        return f'<div class="strip"><img {source}></div>'
    return f'<div class="strip framed" style="--idea:var(--{idea});--row:{row}"><img {source}></div>'


@lru_cache(maxsize=256)
def _data_uri(path: Path, _changed: float) -> str:
    return "data:image/png;base64," + b64encode(path.read_bytes()).decode()


def _grain(run: RunFolder) -> str:
    """The step between sizes at which pictures of unusual height are drawn: whole and half pixels look even."""
    height = run.data_info.height
    return "" if height in (1, 16, 28) else f' style="--grain:{height / (2 if height > 16 else 1):g}px"'


def _size(run: RunFolder) -> str:
    if run.data_info.is_points:
        return "cloud"
    return "small" if run.data_info.height <= 16 else "digit"
