"""What the home page is made of: the hero, and the story's three pictures."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ddpm_core.config import SampleConfig
from ddpm_core.runs.folder import RunFolder
from jobs.paths import checkpoints_dir
from ui import lesson, nav
from ui.components.player import player
from ui.datasets import class_label
from ui.i18n import t
from ui.inline import image
from ui.runs import shipped_frames
from ui.runs.words import display_name

HERO = SampleConfig(sampler="ddim", num_sampling_steps=50, guidance_scale=2.0, num_pictures=20, seed=4)
STORY = ("add_noise", "train", "generate")
GAP = 2
"""Transparent pixels between the pictures of a strip."""


def draw_hero() -> None:
    """The shipped model at work, alive at once; and how its frames came about."""
    hero = shipped_frames.load("home")
    names = RunFolder(checkpoints_dir() / hero.run).data_info.class_names
    player(
        {"xt": hero.trajectory.frames["xt"]},
        hero.trajectory.timesteps,
        hero.epochs,
        [class_label(names[label]) for label in hero.trajectory.labels],
        mode="hero",
        key="home_hero",
    )
    st.caption(
        t(
            "home.provenance",
            run=display_name(hero.run),
            epoch=hero.epochs[-1],
            steps=hero.sample.num_sampling_steps,
            guidance=f"{hero.sample.guidance_scale:g}",
            seed=hero.sample.seed,
        )
    )


def draw_story() -> None:
    """Three cards: what happens, a strip of pictures that shows it, and the way there."""
    strips = shipped_frames.load("home").strips
    section = lesson.prose("home").sections["story"]
    st.header(section.title, anchor=False)
    for column, page, act in zip(st.columns(len(STORY)), STORY, section.tasks, strict=True):
        with column.container(border=True, height="stretch"):
            st.html(_strip(strips[page], act.title))
            st.markdown(f"**{act.title}**\n\n{act.question}")
            nav.link(page, t(f"home.to_{page}"))


def _strip(pictures: np.ndarray, alt: str) -> str:
    """Pictures in a row, every pixel a square however wide the row is, transparent between them."""
    opaque = np.concatenate([pictures, np.full_like(pictures[..., :1], 255)], axis=-1)
    spaced = np.pad(opaque, ((0, 0), (0, 0), (0, GAP), (0, 0)))
    row = np.concatenate(list(spaced), axis=1)[:, :-GAP]
    return image(row, alt, style="display:block;width:100%;image-rendering:pixelated")
