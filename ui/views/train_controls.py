"""Controls for a page that redraws itself while it is used: their values live in the session, not in the browser.

Streamlit hands a value that was set from code to the browser once. A rerun that comes before the browser has drawn it
(the next second's, on a slow machine) loses it, or brings the old value back. So a control here gets its value as the
default, and a new key whenever that changes by other means than the control: what the browser had no longer counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from ui import state
from ui.state import Value


def select(
    label: str,
    name: str,
    options: Sequence[str],
    default: str,
    label_of: Callable[[str], str] = str,
    *,
    always_in_url: bool = False,
    **more: Any,
) -> str:
    """As ui.controls.select; `always_in_url` also where the value is the default, which may be another one tomorrow."""
    value = state.choice(name, options, default)
    st.selectbox(label, options, options.index(value), format_func=label_of, **_bound(name, value), **more)
    state.publish(name, value, None if always_in_url else default)
    return value


def segmented(
    label: str, name: str, options: Sequence[str], default: str, label_of: Callable[[str], str] = str, **more: Any
) -> str:
    """As ui.controls.segmented."""
    value = state.choice(name, options, default)
    st.segmented_control(
        label, options, default=value, required=True, format_func=label_of, **_bound(name, value), **more
    )
    state.publish(name, value, default)
    return value


def number(label: str, name: str, low: float, high: float, default: Value, **more: Any) -> Value:
    """st.number_input held in `?name=`; low and high bound what the URL may say, not what may be typed."""
    value = state.number(name, low, high, default)
    st.number_input(label, value=value, **_bound(name, value), **more)
    state.publish(name, value, default)
    return value


def _bound(name: str, value: object) -> dict[str, Any]:
    """The key of the control for `name`, and the callback that takes its value over."""
    known = st.session_state.setdefault(f"{name}:known", {"value": value, "version": 0})
    if known["value"] != value:
        known |= {"value": value, "version": known["version"] + 1}
    key = f"{name}:{known['version']}"
    return {"key": key, "on_change": _take_over, "args": (name, key)}


def _take_over(name: str, key: str) -> None:
    st.session_state[name] = st.session_state[f"{name}:known"]["value"] = st.session_state[key]
