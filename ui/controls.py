"""Choices that stand in the URL: `?schedule=cosine` opens the page with that option, and choosing another rewrites it.

Streamlit's own `bind="query-params"` writes the translated label into the URL; these write the option itself.
Numbers have no labels: give st.slider and st.number_input a key and `bind="query-params"`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from ui import state

Value = TypeVar("Value", int, float)


def segmented(
    label: str, name: str, options: Sequence[str], default: str, label_of: Callable[[str], str] = str, **more: Any
) -> str:
    """st.segmented_control over a handful of `options`, held in `?name=`; `label_of` gives an option's label."""
    state.choice(name, options, default)
    value = st.segmented_control(label, options, key=name, format_func=label_of, required=True, **more)
    state.publish(name, value, default)
    return value or default


def select(
    label: str, name: str, options: Sequence[str], default: str, label_of: Callable[[str], str] = str, **more: Any
) -> str:
    """st.selectbox over many `options`, held in `?name=`; `label_of` gives an option's label."""
    state.choice(name, options, default)
    value = st.selectbox(label, options, key=name, format_func=label_of, **more)
    state.publish(name, value, default)
    return value


def number(label: str, name: str, low: Value, high: Value, default: Value, **more: Any) -> Value:
    """st.number_input from `low` to `high`, held in `?name=`; a value left over from wider bounds is moved inside."""
    st.session_state[name] = max(low, min(state.number(name, low, high, default), high))
    value = st.number_input(label, low, high, key=name, **more)
    state.publish(name, value, default)
    return value
