"""What a teacher may want to send stands in the URL: read with checks, written back.

A value enters through `choice` or `number` before its widget is drawn and leaves through `publish` after it.
Values at their default are left out of the URL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from ui.i18n import t

Value = TypeVar("Value")
_SEEN, _PAGE = "_url", "_page"


def turn_to(page: str) -> None:
    """Forget what another page held: pages give the same names (t, seed, view) other meanings and other defaults."""
    if st.session_state.get(_PAGE, page) != page:
        for name in _seen():
            st.session_state.pop(name, None)
        _seen().clear()
    st.session_state[_PAGE] = page


def choice(name: str, options: Sequence[str], default: str) -> str:
    """`?name=` if it is one of `options`, else `default` and a message; also seeds the widget whose key is `name`."""

    def parse(raw: str) -> str:
        if raw not in options:
            raise ValueError(t("error.url_choice", name=name, value=raw, allowed=_some(options)))
        return raw

    current = st.session_state.get(name)
    if current is not None and current not in options:
        del st.session_state[name]
    return _seed(name, parse, default)


def number(name: str, low: float, high: float, default: Value) -> Value:
    """`?name=` if it is a number of the default's type in low..high, else `default` with a message; see `choice`."""

    def parse(raw: str) -> Value:
        try:
            value = type(default)(raw)  # type: ignore[call-arg]
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise ValueError(t("error.url_number", name=name, value=raw, low=low, high=high))
        return value

    return _seed(name, parse, default)


def publish(name: str, value: object, default: object) -> None:
    """Write a widget's value into the URL, or take it out when it is the default."""
    raw = None if value is None or value == default else str(value)
    if raw != st.query_params.get(name):
        if raw is None:
            del st.query_params[name]
        else:
            st.query_params[name] = raw
    _seen()[name] = raw


def _seed(name: str, parse: Callable[[str], Value], default: Value) -> Value:
    """The URL wins when it is new (first visit, a link, Back); otherwise the widget keeps what it holds."""
    raw = st.query_params.get(name)
    if name in st.session_state and _seen().get(name) == raw:
        return st.session_state[name]  # type: ignore[no-any-return]
    value = default
    if raw is not None:
        try:
            value = parse(raw)
        except ValueError as error:
            st.warning(str(error), icon=":material/link_off:")
    st.session_state[name] = value
    _seen()[name] = raw
    return value


def _seen() -> dict[str, str | None]:
    """The URL values this session has already taken over or written."""
    return st.session_state.setdefault(_SEEN, {})  # type: ignore[no-any-return]


def _some(options: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(options[:most])
    return shown + (" …" if len(options) > most else "")
