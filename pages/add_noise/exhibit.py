"""What the page Add noise is made of: which picture, which noise, which schedule, and where t stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import streamlit as st

from ddpm_core.config import ScheduleConfig
from ddpm_core.data import dataset_names
from ddpm_core.data.idx_sets import DIGITS, IDX_SETS
from ddpm_core.data.own.pictures import MAX_BYTES, read_picture
from ddpm_core.data.points import CLASS_NAMES as POINT_SETS
from ddpm_core.data.sprites import CLASS_NAMES
from ddpm_core.schedule import NoiseSchedule
from pages.add_noise import points
from ui import cache, controls, datasets, state
from ui.components.scrubber import View, scrubber
from ui.datasets import class_label
from ui.drawing import dialog, papers
from ui.errors import message_of
from ui.guard import guard
from ui.i18n import t

SPRITES, OTHERS = "sprites", ("points", "drawing", "upload")
FIRST_CLASS = "cat"
PICTURE_TYPES = ("png", "jpg", "jpeg", "gif", "webp", "bmp")
UPLOAD_SIZE = 64
KINDS = ("cosine", "linear")
TOTALS = ("50", "100", "300", "500", "1000")
VIEWS: tuple[View, ...] = ("xt", "denoised_scale")
_LAST_PICTURE = "add_noise_picture"
_LAST_UPLOAD = "add_noise_last_upload"
_LAST_TOTAL = "add_noise_total"


@dataclass(frozen=True)
class Exhibit:
    """All that the scrubber needs to know."""

    x0: np.ndarray
    """uint8 (H, W, C), or float32 points (N, 2)."""
    eps: np.ndarray
    schedule: NoiseSchedule
    labels: np.ndarray | None = None
    """(N,), the classes of points; None for a picture."""


def choose() -> Exhibit:
    """Draw the controls and follow them; a picture that cannot be had is explained, and the one before it stays."""
    toolbar = st.container(key="add_noise_toolbar", horizontal=True, vertical_alignment="bottom", gap="small")
    x0 = st.session_state.get(_LAST_PICTURE, cache.sprite(CLASS_NAMES.index(FIRST_CLASS), 0))
    labels = None
    with guard(), toolbar:
        dataset = _dataset()
        if dataset == "points":
            x0, labels = points.cloud(points.choose_shape())
        else:
            x0 = st.session_state[_LAST_PICTURE] = _picture(dataset, x0)
    with toolbar:
        noise_seed = controls.again("add_noise.noise", "grain")
        config = _schedule_config()
    eps = np.random.default_rng(noise_seed).standard_normal(x0.shape, dtype=np.float32)
    return Exhibit(x0, eps, cache.schedule(config), labels)


def draw(exhibit: Exhibit) -> None:
    """The scrubber, with t and view in the URL."""
    total = exhibit.schedule.num_timesteps
    default = 3 * total // 10
    _keep_place(total)
    now = scrubber(
        exhibit.x0,
        exhibit.eps,
        vars(exhibit.schedule),
        t=state.number("t", 0, total, default),
        view=state.choice("view", VIEWS, "xt"),
        labels=exhibit.labels,
        key="add_noise",
    )
    state.put("t", now.t, default)
    state.put("view", now.view, "xt")


def offer_denoising(exhibit: Exhibit) -> None:
    """A drawing can be denoised from where it stands."""
    paper = papers.paper_for(exhibit.x0.shape)
    if st.session_state.get("dataset") == "drawing" and paper and papers.kept(paper) is not None:
        dialog.denoise_link(paper, exhibit.schedule.sigma[st.session_state["t"]])


def warn_of_remaining_picture(schedule: NoiseSchedule) -> None:
    """Say calmly that x_T is not noise yet, where that is so."""
    if schedule.terminal_noise_warning():
        left = f"{schedule.sqrt_alphas_cumprod[-1]:.2f}"
        st.info(t("add_noise.remains", left=left, T=schedule.num_timesteps), icon=":material/visibility:")


def _dataset() -> str:
    sets = [name for name in dataset_names() if name not in POINT_SETS]

    def label_of(name: str) -> str:
        return t(f"add_noise.dataset_{name}") if name in OTHERS else datasets.label(name)

    return controls.select("add_noise.picture", (*sets, *OTHERS), SPRITES, label_of, name="dataset", width=132)


def _picture(dataset: str, before: np.ndarray) -> np.ndarray:
    if dataset == "upload":
        return _upload(before)
    if dataset == "drawing":
        return _drawing(before)
    if dataset == SPRITES:
        label = _class("label", CLASS_NAMES, FIRST_CLASS)
        return cache.sprite(label, controls.again("add_noise.another", "casino", name="seed"))
    with _explained(t("add_noise.no_files") if dataset in IDX_SETS else ""):
        pictures = cache.held_out(dataset)
    chosen = pictures.images
    if names := pictures.info.class_names:
        chosen = chosen[
            pictures.labels == _class("digit" if names == DIGITS else "label", names, names[len(names) // 3])
        ]
    if not len(chosen):
        raise ValueError(t("add_noise.none_held_out"))
    return chosen[controls.again("add_noise.another", "casino", name="seed") % len(chosen)]


def _class(name: str, names: Sequence[str], first: str) -> int:
    return names.index(controls.select("add_noise.label", names, first, class_label, name=name, width=132))


def _drawing(before: np.ndarray) -> np.ndarray:
    paper = dialog.choose_paper()
    dialog.button(paper, "add_noise")
    drawn = papers.kept(paper)
    return before if drawn is None else drawn


def _upload(before: np.ndarray) -> np.ndarray:
    explanation = t("add_noise.upload_help")
    file = st.file_uploader(
        t("add_noise.upload"), PICTURE_TYPES, key="add_noise_upload", help=explanation,
        max_upload_size=MAX_BYTES // 10**6,
    )  # fmt: skip
    if file is not None:
        with _explained(t("add_noise.bad_upload")):
            st.session_state[_LAST_UPLOAD] = read_picture(file.getvalue(), UPLOAD_SIZE, UPLOAD_SIZE, 3)
    return st.session_state.get(_LAST_UPLOAD, before)


@contextmanager
def _explained(sentence: str) -> Iterator[None]:
    """Put a sentence in the visitor's language before what the core says."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise ValueError(f"{sentence}\n\n{message_of(error)}".strip()) from error


def _schedule_config() -> ScheduleConfig:
    kind = controls.select("add_noise.schedule", KINDS, KINDS[0], width=116)
    total = int(controls.select("add_noise.T", TOTALS, TOTALS[-1], width=100))
    if kind != "linear":
        return ScheduleConfig(kind="cosine", num_timesteps=total)
    beta_T = controls.number("add_noise.beta_T", 0.001, 0.5, ScheduleConfig.beta_T, step=0.01, width=132)
    return ScheduleConfig(kind="linear", num_timesteps=total, beta_T=beta_T)


def _keep_place(total: int) -> None:
    """When T changes, t keeps its place on the slider."""
    before = st.session_state.get(_LAST_TOTAL, total)
    if before != total and "t" in st.session_state:
        st.session_state["t"] = round(st.session_state["t"] * total / before)
    st.session_state[_LAST_TOTAL] = total
