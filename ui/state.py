"""What a teacher may want to send stands in the URL: read with checks, written back.

A value enters through `choice` or `number` before its widget is drawn and leaves through `publish` after it.
Values at their default are left out of the URL.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from ui.i18n import t

Value = TypeVar("Value")
Number = TypeVar("Number", int, float)
Option = TypeVar("Option", bound=str)
LATE_SECONDS = 3.0
"""A rerun may carry the URL of before `publish` if the browser sent it before it heard of the new one."""
_SEEN, _LEFT, _UNCHOSEN, _PAGE = "_url", "_url_left", "_url_unchosen", "_page"


def turn_to(page: str) -> None:
    """Forget what another page held: pages give the same names (t, seed, view) other meanings and other defaults."""
    if st.session_state.get(_PAGE, page) != page:
        for name in _seen():
            st.session_state.pop(name, None)
        _seen().clear()
        _unchosen().clear()
    st.session_state[_PAGE] = page


def choice(name: str, options: Sequence[Option], default: Option) -> Option:
    """`?name=` if it is one of `options`, else `default` and a message; also seeds the widget whose key is `name`."""

    def parse(raw: str) -> Option:
        if raw not in options:
            raise ValueError(t("error.url_choice", name=name, value=raw, allowed=_some(options)))
        return options[options.index(raw)]

    current = st.session_state.get(name)
    if current is not None and current not in options:
        del st.session_state[name]
    return _seed(name, parse, default)


def choices(name: str, options: Sequence[str], default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """`?name=a,b`: those of `options` named there, in that order; `default`, and a message, if one is unknown."""

    def parse(raw: str) -> tuple[str, ...]:
        values = tuple(dict.fromkeys(raw.split(",")))
        if unknown := [value for value in values if value not in options]:
            raise ValueError(t("error.url_choice", name=name, value=",".join(unknown), allowed=_some(options)))
        return values

    if name in st.session_state:
        st.session_state[name] = tuple(value for value in st.session_state[name] if value in options)
    return _seed(name, parse, default)


def number(name: str, low: float, high: float, default: Number) -> Number:
    """`?name=` if it is a number of the default's type in low..high, else `default` with a message; see `choice`."""

    def parse(raw: str) -> Number:
        value: Number | None
        try:
            value = type(default)(raw)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise ValueError(t("error.url_number", name=name, value=raw, low=low, high=high))
        return value

    return _seed(name, parse, default)


def publish(name: str, value: object, default: object) -> None:
    """Write a widget's value into the URL, or take it out when it is the default."""
    raw = None if value is None or value == default else str(value)
    if raw != (before := st.query_params.get(name)):
        st.session_state.setdefault(_LEFT, {})[name] = (before, time.monotonic())
        if raw is None:
            del st.query_params[name]
        else:
            st.query_params[name] = raw
    _seen()[name] = raw


def put(name: str, value: object, default: object) -> None:
    """Hold a value that was set by other means than a control, such as an exhibit, in the session and the URL."""
    st.session_state[name] = value
    publish(name, value, default)


def forget(*names: str) -> None:
    """Let go of values, in the session and the URL: what they were chosen for is no longer there."""
    for name in names:
        publish(name, None, None)
        st.session_state.pop(name, None)


def forget_unless(name: str, options: Sequence[str]) -> None:
    """Let go of a value that is none of the `options`: it was chosen for another run."""
    if st.session_state.get(name) not in (None, *options):
        forget(name)


def follow_newest(name: str, newest: str) -> None:
    """As long as nobody picks another value it is the newest, also when a newer one arrives."""
    # Streamlit may end a run at any access to the session: until both are written, the old and the new one count.
    followed = st.session_state.setdefault(f"{name}:followed", set())
    if st.session_state.get(name) in followed:
        followed.add(newest)
        st.session_state[name] = newest
    followed.intersection_update({newest})
    followed.add(newest)


def changed_by_url(name: str) -> bool:
    """Whether the URL has a value that this session neither wrote nor took over yet: by a link, or Back."""
    raw = st.query_params.get(name)
    return _seen().get(name) != raw and not _is_late(name, raw)


def unchosen(name: str) -> Any:
    """The value that was taken because the URL had none; None once the URL asks for one.

    Written into the URL, it would be another step of the browser's history, and Back would come to it for ever.
    """
    return _unchosen().get(name)


def choose(name: str) -> None:
    """The learner has chosen a value, perhaps the one that was taken: see `unchosen`."""
    _unchosen().pop(name, None)


def _seed(name: str, parse: Callable[[str], Value], default: Value) -> Value:
    """The URL wins when it is new (first visit, a link, Back); otherwise the widget keeps what it holds."""
    raw = st.query_params.get(name)
    if _is_late(name, raw):
        raw = _seen()[name]
    if name in st.session_state and _seen().get(name) == raw:
        return st.session_state[name]
    value = _unchosen()[name] = default
    if raw is not None:
        try:
            value = parse(raw)
            _unchosen().pop(name)
        except ValueError as error:
            st.warning(str(error), icon=":material/link_off:")
    st.session_state[name] = value
    _seen()[name] = raw
    return value


def _is_late(name: str, raw: str | None) -> bool:
    """Whether this is the value that `publish` has only just replaced: not a new wish, but an old message."""
    left, moment = st.session_state.get(_LEFT, {}).get(name, (None, -LATE_SECONDS))
    return name in _seen() and raw == left and time.monotonic() - moment < LATE_SECONDS


def _seen() -> dict[str, str | None]:
    """The URL values this session has already taken over or written."""
    return st.session_state.setdefault(_SEEN, {})


def _unchosen() -> dict[str, Any]:
    return st.session_state.setdefault(_UNCHOSEN, {})


def _some(options: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(options[:most])
    return shown + (" …" if len(options) > most else "")
