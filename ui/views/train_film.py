"""The pictures of a run: a film strip of samples, a row for each kept epoch, and one guess at held-out pictures."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path

import streamlit as st

from ddpm_core.run import RunFolder
from ui import nav
from ui.i18n import t
from ui.views.train_controls import segmented
from ui.views.train_runs import Shown, class_names

COLUMNS = 10
"""Pictures across: one of each class."""
ROWS = (
    ("x0", "<i>x</i><sub>0</sub>"),
    ("xt", "<i>x<sub>t</sub></i>"),
    ("prediction", '<i class="hat">x</i><sub>0</sub>'),
)
_NEWEST = "train_newest_epoch"


def guess(shown: Shown) -> None:
    """Held-out pictures at the epoch in `?epoch=`: clean, noised, and as the network takes them for."""
    if not shown.epochs:
        return
    epoch = _choose_epoch(shown.epochs)
    st.html(_guess(RunFolder(shown.folder), epoch))


def film(shown: Shown) -> None:
    """The film strip, and the way to Generate with the epoch that is chosen."""
    if not shown.epochs:
        st.caption(t("train.no_pictures_yet") if shown.alive else t("train.no_pictures"))
        return
    st.html(_film(RunFolder(shown.folder), shown.epochs, class_names(shown)))
    if not shown.config.denoiser_sigma:
        epoch = st.session_state["epoch"]
        nav.link("generate", t("train.to_generate", epoch=epoch), run=shown.id, epoch=epoch)


def _film(run: RunFolder, epochs: Sequence[int], classes: Sequence[str]) -> str:
    """One row of pictures per epoch, all from the same noise; under a heading for each class."""
    rows = [(epoch, run.samples(epoch)) for epoch in epochs if run.samples(epoch).is_file()]
    if not rows:
        return f"<p class='hush'>{escape(t('train.one_step'))}</p>"
    heads = "".join(f"<span><b>{escape(name)}</b></span>" for name in classes[:COLUMNS])
    said = ", ".join(classes[:COLUMNS])
    strips = "".join(
        f"<span>{epoch}</span>{_strip(path, t('train.film_alt', epoch=epoch, classes=said))}" for epoch, path in rows
    )
    return (
        f'<figure class="film {_size(run)}"><figcaption>{escape(t("train.film"))}</figcaption>'
        f'<div class="grid"><span class="corner">{escape(t("train.epoch"))}</span>'
        f'<div class="heads">{heads}</div>{strips}</div></figure>'
    )


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
        f'<figure class="film guess {_size(run)}"><div class="grid">{strips}<span></span>'
        f'<div class="ends"><span>{escape(t("train.little_noise"))}</span>'
        f"<span>{escape(t('train.much_noise'))}</span></div></div></figure>"
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


def _size(run: RunFolder) -> str:
    return "small" if run.data_info.height <= 16 else "digit"


def _choose_epoch(epochs: Sequence[int]) -> int:
    """The epoch in `?epoch=`; as long as nobody picks another it is the newest, also when a newer one arrives."""
    newest = str(epochs[-1])
    if "epoch" in st.session_state and st.session_state["epoch"] == st.session_state.get(_NEWEST):
        st.session_state["epoch"] = newest
    st.session_state[_NEWEST] = newest
    options = [str(epoch) for epoch in epochs]
    return int(segmented(t("train.guess_at"), "epoch", options, newest, help=t("train.guess_help")))
