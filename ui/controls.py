"""Choices that stand in the URL: `?schedule=cosine` opens the page with that option, and choosing another rewrites it.

Streamlit's own `bind="query-params"` writes the translated label into the URL; these write the option itself.

Their values live in the session, in `st.session_state[name]`, not in the browser. Streamlit hands a value that was set
from code to the browser once; a rerun that comes before the browser has drawn it (the next second's, on a page that
redraws itself) loses it, or brings the old value back. So a control here gets its value as the default, and a new key
whenever that changes by other means than the control: what the browser had no longer counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from ui import state
from ui.state import Number, Option


def segmented(
    label: str,
    name: str,
    options: Sequence[Option],
    default: Option,
    label_of: Callable[[Option], str] = str,
    **more: Any,
) -> Option:
    """st.segmented_control over a handful of `options`, held in `?name=`; `label_of` gives an option's label."""
    value = state.choice(name, options, default)
    st.segmented_control(
        label, options, default=value, required=True, format_func=label_of, **_bound(name, value), **more
    )
    state.publish(name, value, default)
    return value


def select(
    label: str,
    name: str,
    options: Sequence[Option],
    default: Option,
    label_of: Callable[[Option], str] = str,
    *,
    keep_choice: bool = False,
    **more: Any,
) -> Option:
    """st.selectbox over many `options`, held in `?name=`; see `segmented`.

    `keep_choice` leaves a value there that somebody chose, also where it is the default: tomorrow it may not be.
    """
    value = state.choice(name, options, default)
    bound = _bound(name, value, label_of(value))
    st.selectbox(label, options, options.index(value), format_func=label_of, **bound, **more)
    state.publish(name, value, state.unchosen(name) if keep_choice else default)
    return value


def several(
    label: str,
    name: str,
    options: Sequence[str],
    label_of: Callable[[str], str] = str,
    *,
    default: tuple[str, ...] = (),
    **more: Any,
) -> tuple[str, ...]:
    """st.multiselect over `options`, held in `?name=a,b`."""
    values = state.choices(name, options, default)
    st.multiselect(label, options, default=values, format_func=label_of, **_bound(name, values), **more)
    state.publish(name, state.joined(values) or None, state.joined(default))
    return values


def number(
    label: str,
    name: str,
    low: float,
    high: float,
    default: Number,
    **more: Any,
) -> Number:
    """st.number_input from `low` to `high`, held in `?name=`; a value left over from wider bounds is moved inside."""
    kind = type(default)
    low, high = kind(low), kind(high)
    value = max(low, min(state.number(name, low, high, default), high))
    st.session_state[name] = value
    st.number_input(label, low, high, value=value, **_bound(name, value), **more)
    state.publish(name, value, default)
    return value


def slider(label: str, name: str, low: int, high: int, default: int, **more: Any) -> int:
    """st.slider from `low` to `high`, held in `?name=`; a value left over from wider bounds is moved inside."""
    value = st.session_state[name] = max(low, min(state.number(name, low, high, default), high))
    st.slider(label, low, high, value=value, **_bound(name, value), **more)
    state.publish(name, value, default)
    return value


def _bound(name: str, value: object, shown: str = "") -> dict[str, Any]:
    """The key of the control for `name`, and the callback that takes its value over.

    A select box goes on showing the words it had for its value: where those have changed, it is another one too.
    """
    known = st.session_state.setdefault(f"{name}:known", {"value": value, "shown": shown, "version": 0})
    if known["value"] != value or known["shown"] not in (None, shown):
        known["version"] += 1
    known |= {"value": value, "shown": shown}
    key = f"{name}:{known['version']}"
    return {"key": key, "on_change": _take_over, "args": (name, key)}


def _take_over(name: str, key: str) -> None:
    if key != f"{name}:{st.session_state[f'{name}:known']['version']}":
        return  # The browser has not drawn the control that took this one's place, and still sends the old value.
    state.choose(name)
    value = st.session_state[key]
    value = tuple(value) if isinstance(value, list) else value
    st.session_state[name] = value
    st.session_state[f"{name}:known"] |= {"value": value, "shown": None}
