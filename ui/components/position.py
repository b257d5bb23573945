"""Where a learner stands in an exhibit: the browser's business while they drag, Python's once they have let go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st

from ui.components.blob import pack

Position = dict[str, Any]


def start(key: str, wanted: Mapping[str, Any]) -> Position:
    """Where the exhibit `key` is to stand, with a number "seq" that moves the learner when it changes.

    `wanted` is what the page asks for. It counts when it is new: at first, and when the Back button or a link changes
    it; not when the page repeats it, nor when it echoes what the learner released. So a rerun moves nobody, sends
    nothing twice, and a learner who comes back to the page finds the exhibit as they left it.
    """
    memory, released = _memory(key), _released(key)
    known = [memory[name] for name in ("wanted", "last") if name in memory] + ([released] if released else [])
    if not any(_holds(position, wanted) for position in known):
        memory |= {"start": dict(wanted), "seq": memory.get("seq", 0) + 1}
    elif released is None:
        memory |= {"start": memory["last"], "seq": memory["seq"] + 1}
    memory |= {"wanted": dict(wanted), "last": current(key)}
    return {**memory["start"], "seq": memory["seq"]}


def show(
    component: Callable[..., object],
    key: str,
    where: Position,
    words: Mapping[str, str],
    header: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
) -> Position:
    """Draw the exhibit `key`, from `where` as `start` says it; returns where the learner last let go."""
    blob = pack({"key": key, "start": where, "strings": words, **header}, arrays)
    component(key=key, data=blob, default={"position": where}, on_position_change=lambda: None)
    return current(key)


def current(key: str) -> Position:
    """What the learner released last, or the start if nothing has been released since."""
    memory, released = _memory(key), _released(key)
    if released is None or released.get("seq") != memory["seq"]:
        return dict(memory["start"])
    return {**memory["start"], **{name: value for name, value in released.items() if name != "seq"}}


def _memory(key: str) -> dict[str, Any]:
    return st.session_state.setdefault(f"{key}:position", {})


def _released(key: str) -> Position | None:
    """The state the browser sent, at first the default; None where the exhibit was not on the page a run ago."""
    state = st.session_state.get(key)
    value = state.get("position") if state is not None else None
    return value if isinstance(value, dict) else None


def _holds(position: Position, wanted: Mapping[str, Any]) -> bool:
    return all(position.get(name) == value for name, value in wanted.items())
