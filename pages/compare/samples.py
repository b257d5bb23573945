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
from jobs.pool.tasks.trajectory import Trajectory, TrajectoryRequest
from pages.compare.choice import Lettered
from pages.compare.table import badge
from ui import asking, controls, nav, state
from ui.asking import Asked
from ui.datasets import class_label
from ui.i18n import t
from ui.inline import image
from ui.runs.view import RunView

COLUMNS = 10
"""Pictures across: one of each class."""
KEPT = SampleConfig(sampler="ddim", num_sampling_steps=30, num_pictures=COLUMNS, seed=0)
"""What a run samples of itself while it trains (ddpm_core.training.previews): these need no waiting."""


@dataclass(frozen=True)
class Strip:
    """One run's row: its pictures side by side, uint8 (H, N W, C), or what stands in their place."""

    one: Lettered
    epoch: int | None
    row: np.ndarray | None
    word: str = ""


def draw(runs: Sequence[Lettered]) -> None:
    """The controls, a row of pictures for each run, and how far the pool is with those that are missing."""
    epochs = sorted({epoch for one in runs for epoch in one.run.epochs})
    if not epochs:
        st.caption(t("compare.no_pictures_yet"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_samples_toolbar"):
        options = [str(epoch) for epoch in epochs]
        state.follow_newest("epoch", options[-1])
        epoch = int(controls.select("compare.epoch", options, options[-1], width=110))
        seed = controls.seed("compare.seed", 0)
    asked: Asked[TrajectoryRequest] = asking.asked("compare_samples", "sample_trajectory")
    sample = replace(KEPT, seed=seed)
    asked.want(*(request for one in runs if (request := _request(one.run, epoch, sample))))
    strips = [_strip(one, epoch, sample, asked) for one in runs]
    st.html(_film(strips))
    infos = [one.run.folder.data_info for one in runs if one.run.folder]
    if len({(info.height, info.width, info.channels) for info in infos}) > 1:
        st.caption(t("compare.other_noise"))
    asking.show_progress(asked, lambda done, total: t("compare.sampling_step", done=done, total=total))
    with st.container(horizontal=True, key="compare_to_generate"):
        for strip in strips:
            if strip.row is not None and strip.epoch is not None:
                words = t("compare.to_generate", letter=strip.one.letter, epoch=strip.epoch)
                nav.link("generate", words, run=strip.one.run.id, epoch=strip.epoch, seed=seed)


def _nearest(run: RunView, epoch: int) -> int:
    """The run's epoch nearest to the wanted one, of those that have a checkpoint."""
    return min(run.epochs, key=lambda own: abs(own - epoch))


def _kept(run: RunView, epoch: int, sample: SampleConfig) -> Path | None:
    """The pictures that the run sampled of itself at an epoch, where they are what is wanted."""
    path = run.folder.samples(epoch) if run.folder else None
    return path if path and path.is_file() and (run.config.kind == "points" or sample == KEPT) else None


def _request(run: RunView, epoch: int, sample: SampleConfig) -> TrajectoryRequest | None:
    """What the pool is to be asked for; None where there is nothing to ask."""
    if not run.epochs or run.config.kind != "diffusion" or _kept(run, _nearest(run, epoch), sample):
        return None
    steps = min(sample.num_sampling_steps, run.config.schedule.num_timesteps)
    return TrajectoryRequest(str(run.path), (_nearest(run, epoch),), replace(sample, num_sampling_steps=steps))


def _strip(one: Lettered, epoch: int, sample: SampleConfig, asked: Asked[TrajectoryRequest]) -> Strip:
    """The run's pictures at its epoch nearest to the wanted one, or why they are not there."""
    run = one.run
    if not run.epochs:
        return Strip(one, None, None, t("compare.not_begun"))
    nearest, request = _nearest(run, epoch), _request(run, epoch, sample)
    if request is None:
        kept = _kept(run, nearest, sample) if run.makes_pictures else None
        word = t("compare.one_step") if run.config.kind == "denoiser" else t("compare.no_clouds")
        return Strip(one, nearest, _read(kept) if kept else None, word)
    if request in asked.answers:
        walk: Trajectory = asked.answers[request].value
        return Strip(one, nearest, np.concatenate(walk.frames["xt"][0, -1], axis=1))
    return Strip(one, nearest, None, t("compare.sampling") if request in asked.running else "–")


def _read(path: Path) -> np.ndarray:
    """The first pictures, all square, of a PNG that holds them in one row."""
    with Image.open(path) as image:
        row = np.asarray(image.convert("RGB" if image.mode not in ("L", "RGB") else image.mode))
    return np.atleast_3d(row)[:, : COLUMNS * row.shape[0]]


def _film(strips: Sequence[Strip]) -> str:
    """A row for each run, under one heading per class where all draw the same classes."""
    shown = [strip.one.run for strip in strips if strip.row is not None]
    classes = {run.class_names for run in shown}
    names = next(iter(classes))[:COLUMNS] if len(classes) == 1 else ()
    heads = "".join(f"<span><b>{escape(class_label(name))}</b></span>" for name in names)
    heads = f'<span class="corner"></span><div class="heads">{heads}</div>' if heads else ""
    return f'<figure class="compare film"><div class="grid">{heads}{"".join(map(_row, strips))}</div></figure>'


def _row(strip: Strip) -> str:
    epoch = "" if strip.epoch is None else f"<small>{escape(t('compare.at_epoch', epoch=strip.epoch))}</small>"
    head = f'<span class="who">{badge(strip.one)}{epoch}</span>'
    if strip.row is None:
        return f'{head}<p class="word">{escape(strip.word)}</p>'
    alt = t("compare.strip_alt", run=strip.one.label, epoch=strip.epoch)
    kind = "strip cloud" if strip.one.run.config.kind == "points" else "strip"
    return f'{head}<div class="{kind}">{image(strip.row, alt)}</div>'
