"""The paths of single points through x, y and t, in 3-D: noise at the bottom, t = T, and points on top, t = 0."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ddpm_core.runs.folder import RunFolder
from jobs.pool.tasks.trajectory import Trajectory, TrajectoryRequest
from pages.generate.points import held_out
from ui import theme
from ui.asking import Answer
from ui.datasets import class_label
from ui.figures.explored import explore, on_phone, space_axis
from ui.figures.parts import shade
from ui.guard import guard
from ui.i18n import t

MOST = 60
"""Points whose path is drawn; more would be a tangle."""
HEIGHT, NARROW_HEIGHT = 560, 440
"""In pixels; the second on a phone, which leaves room to scroll the page beside it."""
CAMERA = {"eye": {"x": 1.25, "y": -1.55, "z": 1.25}, "center": {"x": 0, "y": 0, "z": -0.2}}
NARROW_CAMERA = {"eye": {"x": 1.7, "y": -2.1, "z": 1.7}, "center": {"x": -0.13, "y": -0.11, "z": -0.2}}
"""From where it is looked at: before and above, so that the points on top are seen; on a phone from farther away."""


def offer(shown: Answer[TrajectoryRequest]) -> None:
    """The figure of a walk of points, folded: nothing of it is sent until it is opened."""
    if shown.value.is_points:
        st.fragment(_fold)(RunFolder(Path(shown.request.run_path)), shown.value)


def _fold(run: RunFolder, walk: Trajectory) -> None:
    fold = st.expander(t("generate.space"), key="space", bind="query-params", icon=":material/deployed_code:")
    if fold.open:
        with fold, guard():
            draw(run, walk)


def draw(run: RunFolder, walk: Trajectory) -> None:
    """The first MOST points after the last epoch of the walk: a line for each, and held-out points on top."""
    narrow, labels = on_phone(), walk.labels[:MOST]
    places = walk.frames["xt"][-1, :, :MOST].reshape(len(walk.timesteps), len(labels), 2)
    about = {"num": len(labels), "T": walk.timesteps[0], "epoch": walk.epochs[-1]}
    paths = [
        _paths(places[:, labels == label], walk.timesteps, _name(run, label), _colour(label))
        for label in np.unique(labels)
    ]
    has_classes = len(paths) > 1
    explore(
        [*paths, _ends(places[-1], labels), _real(held_out(run))],
        key="generate_paths",
        alt=t("generate.space_alt", **about),
        height=NARROW_HEIGHT if narrow else HEIGHT,
        scene={
            "xaxis": space_axis("x", nticks=6),
            "yaxis": space_axis("y", nticks=6),
            "zaxis": space_axis("t", nticks=6, range=[int(walk.timesteps[0]), 0]),
            "aspectmode": "manual",
            "aspectratio": {"x": 1.2, "y": 1.2, "z": 1.1},
            "camera": NARROW_CAMERA if narrow else CAMERA,
            "dragmode": "turntable",
        },
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=has_classes,
        legend={"orientation": "h", "x": 0, "y": 0, "yanchor": "top", "itemsizing": "constant"},
    )
    caption = t("generate.space_caption", **about)
    st.caption(f"{caption} {t('generate.space_classes')}" if has_classes else caption)


def _paths(places: np.ndarray, timesteps: np.ndarray, name: str, colour: str) -> go.Scatter3d:
    """The paths of one class as one line, with a gap after each; places: (F, N, 2)."""
    columns = [*np.moveaxis(places, 2, 0), np.broadcast_to(timesteps[:, None], places.shape[:2])]
    x, y, level = (np.pad(c.T.astype(np.float32), ((0, 0), (0, 1)), constant_values=np.nan).ravel() for c in columns)
    return go.Scatter3d(
        name=name,
        x=x,
        y=y,
        z=level,
        mode="lines",
        line={"color": colour, "width": 3},
        opacity=0.75,
        hovertemplate=f"<b>{name}</b><br>t = %{{z:d}}<br>x = %{{x:.3f}}<br>y = %{{y:.3f}}<extra></extra>",
    )


def _ends(places: np.ndarray, labels: np.ndarray) -> go.Scatter3d:
    """The finished points."""
    return go.Scatter3d(
        x=places[:, 0],
        y=places[:, 1],
        z=np.zeros(len(places)),
        mode="markers",
        marker={"color": [_colour(label) for label in labels], "size": 3.5},
        hoverinfo="skip",
        showlegend=False,
    )


def _real(points: np.ndarray) -> go.Scatter3d:
    """Held-out points, faint, where the paths should end."""
    return go.Scatter3d(
        x=points[:, 0],
        y=points[:, 1],
        z=np.zeros(len(points)),
        mode="markers",
        marker={"color": theme.colour("x0"), "size": 2, "opacity": 0.25},
        hoverinfo="skip",
        showlegend=False,
    )


def _name(run: RunFolder, label: int) -> str:
    return class_label(run.data_info.class_names[label]) if label >= 0 else t("generate.label_none")


def _colour(label: int) -> str:
    return shade(theme.CLASSES[label % len(theme.CLASSES)]) if label >= 0 else theme.colour("xt")
