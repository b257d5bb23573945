"""A reverse process played in the browser: all pictures of an epoch, one picture over epochs, or a shop window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import streamlit as st

from ui.components import script, style
from ui.components.position import show, start
from ui.i18n import table

Mode = Literal["hero", "pictures", "epochs"]
Kind = Literal["xt", "x0_hat", "eps_hat"]

_component = st.components.v2.component(
    "ddpm_lab_player", js=script("player/player.js"), css=style("player/player.css")
)


@dataclass(frozen=True)
class PlayerState:
    """Where the learner let go: epoch and t as shown."""

    epoch: int
    t: int
    kind: Kind
    picture: int


def player(
    frames: Mapping[str, np.ndarray],
    timesteps: Sequence[int] | np.ndarray,
    epochs: Sequence[int] | np.ndarray,
    captions: Sequence[str],
    *,
    mode: Mode = "pictures",
    key: str = "player",
    epoch: int | None = None,
    t: int | None = None,
    kind: Kind = "xt",
    picture: int = 0,
    autoplay: bool | None = None,
) -> PlayerState:
    """Play frames that Python has computed; report where the learner lets go, never while it plays.

    frames: kind -> uint8 (E, F, N, H, W, C), "xt" at least; timesteps: (F,), from T down to 0; epochs: (E,);
    captions: (N,). epoch, t, kind, picture: where to start, see `position.start`; by default the finished pictures of
    the last epoch. autoplay: by default in the mode "hero". Raises ValueError for shapes that do not fit.
    """
    steps, names = [int(step) for step in timesteps], [int(name) for name in epochs]
    shape = _check(frames, steps, names, captions, mode)
    wanted = {"epoch": names[-1] if epoch is None else epoch, "t": steps[-1] if t is None else t}
    where = start(key, {**wanted, "kind": kind, "picture": picture})
    header = {
        "mode": mode,
        "autoplay": mode == "hero" if autoplay is None else autoplay,
        "shape": shape,
        "timesteps": steps,
        "epochs": names,
        "captions": list(captions),
    }
    arrays = {name: frames[name] for name in get_args(Kind) if name in frames}
    now = show(_component, key, where, table("player"), header, arrays)
    return _state(now, steps, names, frames, len(captions))


def _state(now: Mapping[str, Any], steps: list[int], names: list[int], frames: object, pictures: int) -> PlayerState:
    """The released position, brought within what is shown now, as the browser does."""
    kinds = [name for name in get_args(Kind) if name in frames]  # type: ignore[operator]
    kind = now["kind"] if now["kind"] in kinds else kinds[0]
    picture = min(max(0, int(now["picture"])), pictures - 1)
    return PlayerState(_nearest(names, now["epoch"]), _nearest(steps, now["t"]), kind, picture)


def _nearest(values: list[int], wanted: float) -> int:
    return min(values, key=lambda value: abs(value - wanted))


def _check(
    frames: Mapping[str, np.ndarray], steps: list[int], names: list[int], captions: Sequence[str], mode: str
) -> tuple[int, ...]:
    if mode not in get_args(Mode):
        raise ValueError(f"mode is {mode!r}; allowed: {', '.join(get_args(Mode))}.")
    if "xt" not in frames or not set(frames) <= set(get_args(Kind)):
        raise ValueError(f"frames holds {', '.join(frames) or 'nothing'}; allowed: xt, and perhaps x0_hat, eps_hat.")
    shape: tuple[int, ...] = frames["xt"].shape
    wanted = (len(names), len(steps), len(captions))
    for name, array in frames.items():
        fits = array.dtype == np.uint8 and array.shape == shape and len(shape) == 6 and shape[-1] in (1, 3)
        if not fits or shape[:3] != wanted or 0 in shape:
            raise ValueError(
                f"frames[{name!r}] is {array.dtype} {array.shape}; allowed: uint8 (E, F, N, H, W, C) with C 1 or 3 and "
                f"(E, F, N) = {wanted}, as many as epochs, timesteps and captions."
            )
    return shape
