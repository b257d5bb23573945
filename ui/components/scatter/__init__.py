"""Points on their way from noise, dragged along t or played: one cloud, or one for each epoch, over the real points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import streamlit as st

from ddpm_core.pictures.points import EXTENT
from ui.components import script, style
from ui.components.position import show, start
from ui.i18n import table

Kind = Literal["xt", "x0_hat"]
PATHS = 120
"""Points whose way is drawn; more would be a tangle."""

_component = st.components.v2.component(
    "ddpm_lab_scatter",
    js=script("scatter/scatter.js"),
    css=style("player/player.css", "scatter/scatter.css"),
)


@dataclass(frozen=True)
class ScatterState:
    """Where the learner let go: t as shown, what of the points, and whether their paths are drawn."""

    t: int
    kind: Kind
    paths: bool


def scatter(
    clouds: Mapping[str, np.ndarray],
    timesteps: Sequence[int] | np.ndarray,
    epochs: Sequence[int] | np.ndarray,
    labels: Sequence[int] | np.ndarray,
    *,
    real: np.ndarray,
    class_names: Sequence[str],
    key: str = "scatter",
    t: int | None = None,
    kind: Kind = "xt",
    paths: bool = False,
    autoplay: bool = False,
) -> ScatterState:
    """Play points that Python has computed; report where the learner lets go, never while it plays.

    clouds: "xt" and "x0_hat", float32 (E, F, N, 2); timesteps: (F,), from T down to 0; epochs: (E,); labels: (N,), -1
    for none; real: (M, 2), drawn faintly behind. t (by default 0), kind, paths: where to start, see `position.start`.
    Raises ValueError for shapes that do not fit.
    """
    steps, names = [int(step) for step in timesteps], [int(name) for name in epochs]
    shape = _check(clouds, steps, names, labels, real)
    where = start(key, {"t": steps[-1] if t is None else t, "kind": kind, "paths": paths})
    header = {
        "autoplay": autoplay,
        "shape": shape[:3],
        "timesteps": steps,
        "epochs": names,
        "class_names": list(class_names),
        "extent": EXTENT,
        "num_paths": min(PATHS, shape[2]),
    }
    arrays = {name: np.asarray(clouds[name], np.float32) for name in get_args(Kind)}
    arrays |= {"labels": np.asarray(labels, np.int32), "real": np.asarray(real, np.float32)}
    return _state(show(_component, key, where, table("scatter"), header, arrays), steps)


def _state(now: Mapping[str, Any], steps: list[int]) -> ScatterState:
    """The released position, brought within what is shown now, as the browser does."""
    kind: Kind = now["kind"] if now["kind"] in get_args(Kind) else "xt"
    return ScatterState(min(steps, key=lambda step: abs(step - now["t"])), kind, bool(now["paths"]))


def _check(
    clouds: Mapping[str, np.ndarray],
    steps: list[int],
    names: list[int],
    labels: Sequence[int] | np.ndarray,
    real: np.ndarray,
) -> tuple[int, ...]:
    wanted = (len(names), len(steps), len(labels), 2)
    for name in get_args(Kind):
        found = clouds[name].shape if name in clouds else "missing"
        if found != wanted or 0 in wanted:
            raise ValueError(
                f"clouds[{name!r}] is {found}; allowed: (E, F, N, 2) = {wanted}, by epochs, timesteps and labels, "
                "none of them empty."
            )
    if real.ndim != 2 or real.shape[1] != 2:
        raise ValueError(f"real has shape {real.shape}; allowed: (M, 2).")
    return wanted
