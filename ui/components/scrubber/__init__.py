"""The picture equation of the forward process, dragged along t or sigma; all T steps are drawn by the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import streamlit as st

from ddpm_core.pictures.points import EXTENT
from ui.components import script, style
from ui.components.position import show, start
from ui.i18n import table

View = Literal["xt", "denoised_scale"]
TABLES = ("sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod", "alphas_cumprod", "sigma", "snr")
SIGMA_POSITIONS = 240
"""The sigma slider stops at 0 and at this many places, evenly spaced on a log scale."""

_component = st.components.v2.component(
    "ddpm_lab_scrubber", js=script("scrubber/scrubber.js"), css=style("scrubber/scrubber.css")
)


@dataclass(frozen=True)
class ScrubberState:
    """Where the learner let go."""

    t: int
    view: View


def scrubber(
    x0: np.ndarray,
    eps: np.ndarray,
    tables: Mapping[str, np.ndarray],
    *,
    t: int,
    view: View = "xt",
    labels: np.ndarray | None = None,
    key: str = "scrubber",
) -> ScrubberState:
    """Draw x_t for every t of a schedule, from one blob; report t and view when the learner lets go.

    x0: uint8 (H, W, C), C 1 or 3, or with `labels` (N,), a class each, float points (N, 2); eps: float, shaped like x0;
    tables: those named in TABLES, T + 1 entries each (`vars(NoiseSchedule(...))` will do). t and view: where to start,
    see `position.start`.
    Raises ValueError for shapes that do not fit.
    """
    _check(x0, eps, tables, view, labels)
    if labels is not None:  # sigma of the tables is on the scale of pixels in [0, 1], half as wide as the network's
        tables = {**tables, "sigma": 2 * tables["sigma"]}
    last = len(tables["sigma"]) - 1
    header: dict[str, Any] = {"shape": x0.shape, **_ticks(tables["sigma"])}
    words = table("scrubber")
    arrays = _arrays(x0 / 127.5 - 1 if labels is None else x0, eps, tables)
    if labels is not None:
        header |= {"shape": (1, 1, 2), "extent": EXTENT}
        arrays |= {"labels": labels.astype(np.int32), "two_sigma": arrays["sigma"]}
        words |= table("scrubber_points")
    where = start(key, {"t": int(t), "view": view})
    now = show(_component, key, where, words, header, arrays)
    return ScrubberState(t=_whole(now["t"], last), view=now["view"] if now["view"] in get_args(View) else "xt")


def sigma_positions(sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The sigma slider: sigma at each of its positions, the nearest t of each, and the place (0..1) of each t's sigma.

    sigma: (T + 1,), rising from 0, perhaps to inf. The scale ends at 100, or before when the schedule does.
    """
    finite = sigma[1:][np.isfinite(sigma[1:])]
    high = min(100.0, finite[-1]) if finite.size else 100.0
    low = min(max(0.01, sigma[1]), high / 10)
    values = np.concatenate([[0.0], np.geomspace(low, high, SIGMA_POSITIONS)])
    nearest = np.searchsorted((sigma[1:] + sigma[:-1]) / 2, values)
    steps = np.arange(1, SIGMA_POSITIONS + 1) / SIGMA_POSITIONS
    with np.errstate(divide="ignore"):
        place = np.interp(np.log(sigma), np.log(values[1:]), steps)
    place[0] = 0.0
    return values, nearest, place


def _arrays(x0: np.ndarray, eps: np.ndarray, tables: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    _, nearest, place = sigma_positions(tables["sigma"])
    floats = {name: tables[name] for name in TABLES} | {
        "x0": x0,
        "eps": eps,
        "one_minus_alphas_cumprod": 1 - tables["alphas_cumprod"],
        "one": np.ones_like(tables["sigma"]),
        "two_sigma": 2 * tables["sigma"],
        "sigma_place": place,
    }
    whole = {"nearest_t": nearest, "sigma_position": np.rint(place * SIGMA_POSITIONS)}
    return {name: np.asarray(array, np.float32) for name, array in floats.items()} | {
        name: np.asarray(array, np.uint16) for name, array in whole.items()
    }


def _ticks(sigma: np.ndarray) -> dict[str, list[dict[str, Any]]]:
    values, _, _ = sigma_positions(sigma)
    log_low, log_high = np.log(values[[1, -1]])
    marks = [m * 10.0**e for e in range(-2, 3) for m in (1, 2, 5)]
    first = 1 / SIGMA_POSITIONS
    placed = [(first + (1 - first) * (np.log(m) - log_low) / (log_high - log_low), m) for m in marks]
    last = len(sigma) - 1
    return {
        "t_ticks": [{"place": i / last, "text": str(i)} for i in sorted({round(last * k / 5) for k in range(6)})],
        "sigma_ticks": [{"place": 0.0, "text": "0"}]
        + [
            {"place": round(float(p), 4), "text": f"{m:g}", "minor": f"{m:g}".strip("0.") != "1"}
            for p, m in placed
            if 0.02 < p <= 1
        ],
    }


def _check(
    x0: np.ndarray, eps: np.ndarray, tables: Mapping[str, np.ndarray], view: str, labels: np.ndarray | None
) -> None:
    if labels is not None:
        if x0.dtype.kind != "f" or x0.shape != (len(labels), 2):
            raise ValueError(
                f"x0 is {x0.dtype} {x0.shape}; allowed: floats ({len(labels)}, 2), a point for each label."
            )
    elif x0.dtype != np.uint8 or x0.ndim != 3 or x0.shape[2] not in (1, 3):
        raise ValueError(f"x0 is {x0.dtype} {x0.shape}; allowed: uint8 (H, W, C) with C 1 or 3.")
    if eps.shape != x0.shape:
        raise ValueError(f"eps has shape {eps.shape}; allowed: that of x0, {x0.shape}.")
    lengths = {name: len(tables[name]) for name in TABLES}
    if len(set(lengths.values())) != 1 or min(lengths.values()) < 2:
        raise ValueError(f"tables have {lengths} entries; allowed: T + 1 each, T at least 1.")
    if view not in get_args(View):
        raise ValueError(f"view is {view!r}; allowed: {', '.join(get_args(View))}.")


def _whole(value: object, high: int) -> int:
    return min(high, max(0, int(value))) if isinstance(value, int | float) else 0
