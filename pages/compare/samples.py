"""Pictures of all compared runs from the same noise: the run's own where they fit, else sampled in the pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from ddpm_core.config import SampleConfig
from jobs.pool import pool
from jobs.pool.trajectory import TrajectoryRequest
from pages.compare.choice import Compared
from pages.compare.table import badge
from ui import controls, nav
from ui.datasets import class_label
from ui.errors import translated
from ui.i18n import t
from ui.inline import data_uri

COLUMNS = 10
"""Pictures across: one of each class."""
KEPT = SampleConfig(sampler="ddim", num_sampling_steps=30, num_pictures=COLUMNS, seed=0)
"""What a run samples of itself while it trains (ddpm_core.training.previews): these need no waiting."""
MAX_SEED = 2**31 - 1
POLL_SECONDS = 0.4
_ASKED = "compare_asked"


@dataclass(frozen=True)
class Strip:
    """One run's row: its pictures, uint8 (N, H, W, C), or what stands in their place."""

    run: Compared
    epoch: int | None
    pictures: np.ndarray | None
    word: str = ""


def draw(runs: Sequence[Compared]) -> None:
    """The controls, a row of pictures for each run, and how far the pool is with those that are missing."""
    epochs = sorted({epoch for run in runs for epoch in run.epochs})
    if not epochs:
        st.caption(t("compare.no_pictures_yet"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_samples_toolbar"):
        epoch = _choose_epoch(epochs)
        seed = controls.number(t("compare.seed"), "seed", 0, MAX_SEED, 0, width=110, help=t("compare.seed_help"))
    asked = _Asked()
    strips = [_strip(run, epoch, replace(KEPT, seed=seed), asked) for run in runs]
    asked.leave_others()
    st.html(_film(strips))
    sizes = {(info.height, info.width, info.channels) for run in runs if run.run and (info := run.run.data_info)}
    if len(sizes) > 1:
        st.caption(t("compare.other_noise"))
    if asked.running:
        st.fragment(_progress, run_every=POLL_SECONDS)(asked)
    with st.container(horizontal=True, key="compare_to_generate"):
        for strip in strips:
            if strip.pictures is not None and strip.epoch is not None:
                words = t("compare.to_generate", letter=strip.run.letter, epoch=strip.epoch)
                nav.link("generate", words, run=strip.run.id, epoch=strip.epoch, seed=seed)


class _Asked:
    """What the pool works on for this visitor; what is no longer wanted is cancelled."""

    def __init__(self) -> None:
        self._before: dict[TrajectoryRequest, pool.Request] = st.session_state.get(_ASKED, {})
        self._now: dict[TrajectoryRequest, pool.Request] = {}

    def of(self, request: TrajectoryRequest) -> pool.Request:
        handle = self._before.get(request) or pool.submit("sample_trajectory", request)
        self._now[request] = handle
        return handle

    def leave_others(self) -> None:
        for request, handle in self._before.items():
            if request not in self._now:
                handle.cancel()
        st.session_state[_ASKED] = self._now

    @property
    def running(self) -> list[pool.Request]:
        return [handle for handle in self._now.values() if handle.state == "running"]

    @property
    def progress(self) -> tuple[int, int]:
        """Steps done and in all, over what is asked for; steps that are not known yet count as none done."""
        known = [handle.progress for handle in self._now.values()]
        return sum(done for done, _ in known), sum(total or KEPT.num_sampling_steps for _, total in known)


def _choose_epoch(epochs: Sequence[int]) -> int:
    """The epoch in `?epoch=`; as long as nobody picks another it is the newest, also when a newer one arrives."""
    options = [str(epoch) for epoch in epochs]
    newest = options[-1]
    if "epoch" in st.session_state and st.session_state["epoch"] == st.session_state.get("compare_newest"):
        st.session_state["epoch"] = newest
    st.session_state["compare_newest"] = newest
    return int(controls.select(t("compare.epoch"), "epoch", options, newest, width=110, help=t("compare.epoch_help")))


def _strip(run: Compared, epoch: int, sample: SampleConfig, asked: _Asked) -> Strip:
    """The run's pictures at its epoch nearest to the wanted one, if they are there; else they are asked for."""
    if run.run is None or not run.epochs:
        return Strip(run, None, None, t("compare.not_begun"))
    nearest = min(run.epochs, key=lambda own: abs(own - epoch))
    if run.config.denoiser_sigma:
        return Strip(run, nearest, None, t("compare.one_step"))
    kept = run.run.samples(nearest)
    points = run.run.data_info.is_points
    if kept.is_file() and (points or sample == KEPT):
        return Strip(run, nearest, _cut(kept)[:COLUMNS])
    if points:
        return Strip(run, nearest, None, t("compare.no_clouds"))
    steps = min(sample.num_sampling_steps, run.config.schedule.num_timesteps)
    handle = asked.of(TrajectoryRequest(str(run.folder), (nearest,), replace(sample, num_sampling_steps=steps)))
    if handle.state == "done":
        return Strip(run, nearest, handle.result().frames["xt"][0, -1])
    return Strip(run, nearest, None, translated(handle.error) or t("compare.sampling"))


def _cut(path: Path) -> np.ndarray:
    """The pictures of a PNG that holds them in one row."""
    with Image.open(path) as image:
        row = np.asarray(image.convert("RGB" if image.mode not in ("L", "RGB") else image.mode))
    row = row[..., None] if row.ndim == 2 else row
    side = row.shape[0]
    num = row.shape[1] // side
    return row[:, : num * side].reshape(side, num, side, -1).swapaxes(0, 1)


def _film(strips: Sequence[Strip]) -> str:
    """A row for each run, under one heading per class where all draw the same classes."""
    shown = [strip.run.run for strip in strips if strip.pictures is not None and strip.run.run]
    classes = {run.data_info.class_names if run.config.class_conditional else () for run in shown}
    names = next(iter(classes))[:COLUMNS] if len(classes) == 1 else ()
    heads = "".join(f"<span><b>{escape(class_label(name))}</b></span>" for name in names)
    heads = f'<span class="corner"></span><div class="heads">{heads}</div>' if heads else ""
    return f'<figure class="compare film"><div class="grid">{heads}{"".join(map(_row, strips))}</div></figure>'


def _row(strip: Strip) -> str:
    epoch = "" if strip.epoch is None else f"<small>{escape(t('compare.at_epoch', epoch=strip.epoch))}</small>"
    head = f'<span class="who">{badge(strip.run)}{epoch}</span>'
    if strip.pictures is None:
        return f'{head}<p class="word">{escape(strip.word)}</p>'
    row = np.concatenate(list(strip.pictures), axis=1)
    alt = t("compare.strip_alt", run=strip.run.label, epoch=strip.epoch)
    kind = "strip cloud" if strip.run.run and strip.run.run.data_info.is_points else "strip"
    return f'{head}<div class="{kind}"><img src="{data_uri(row)}" alt="{escape(alt)}"></div>'


def _progress(asked: _Asked) -> None:
    if not asked.running:
        st.rerun()
    done, total = asked.progress
    st.progress(min(1.0, done / total), text=t("compare.sampling_step", done=done, total=total))
