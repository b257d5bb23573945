"""Choices that stand in the URL: `?schedule=cosine` opens the page with that option, and choosing another rewrites it.

Streamlit's own `bind="query-params"` writes the translated label into the URL; these write the option itself.

A control is called by the key of its `words`: for "generate.sampler" the string of that key is its label,
`generate.sampler_help` its explanation, `generate.sampler_ddim` the label of the option ddim (where there is none, the
option itself), and `?sampler=` holds its value.

Their values live in the session, in `st.session_state[name]`, not in the browser. Streamlit hands a value that was set
from code to the browser once; a rerun that comes before the browser has drawn it (the next second's, on a page that
redraws itself) loses it, or brings the old value back. So a control here gets its value as the default, and a new key
whenever that changes by other means than the control: what the browser had no longer counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import streamlit as st

from ui import state
from ui.i18n import t, t_or
from ui.state import Number, Option

MAX_SEED = 2**31 - 1


def segmented(
    words: str,
    options: Sequence[Option],
    default: Option,
    label_of: Callable[[Option], str] | None = None,
    *,
    name: str = "",
    **more: Any,
) -> Option:
    """st.segmented_control over a handful of `options`, held in `?name=`."""
    name = name or _last(words)
    value = state.choice(name, options, default)
    shown = {"format_func": label_of or _labels(words), **_bound(name, value)}
    st.segmented_control(**_said(words), options=options, default=value, required=True, **shown, **more)
    state.publish(name, value, default)
    return value


def select(
    words: str,
    options: Sequence[Option],
    default: Option,
    label_of: Callable[[Option], str] | None = None,
    *,
    name: str = "",
    keep_choice: bool = False,
    **more: Any,
) -> Option:
    """st.selectbox over many `options`, held in `?name=`.

    `keep_choice` leaves a value there that somebody chose, also where it is the default: tomorrow it may not be.
    """
    name, label_of = name or _last(words), label_of or _labels(words)
    value = state.choice(name, options, default)
    shown = {"format_func": label_of, **_bound(name, value, label_of(value))}
    st.selectbox(**_said(words), options=options, index=options.index(value), **shown, **more)
    state.publish(name, value, state.unchosen(name) if keep_choice else default)
    return value


def several(
    words: str,
    options: Sequence[str],
    label_of: Callable[[str], str],
    *,
    default: tuple[str, ...] = (),
    name: str = "",
    **more: Any,
) -> tuple[str, ...]:
    """st.multiselect over `options`, held in `?name=a,b`."""
    name = name or _last(words)
    values = state.choices(name, options, default)
    shown = {"format_func": label_of, **_bound(name, values)}
    st.multiselect(**_said(words), options=options, default=values, **shown, **more)
    state.publish(name, ",".join(values) or None, ",".join(default))
    return values


def number(
    words: str,
    low: float,
    high: float,
    default: Number,
    *,
    name: str = "",
    filled: Mapping[str, object] = MappingProxyType({}),
    slides: bool = False,
    **more: Any,
) -> Number:
    """st.number_input from `low` to `high`, held in `?name=`; a value left over from wider bounds is moved inside.

    `filled`: what the gaps of its words are filled with; `slides`: st.slider instead.
    """
    name, kind = name or _last(words), type(default)
    low, high = kind(low), kind(high)
    value = st.session_state[name] = max(low, min(state.number(name, low, high, default), high))
    draw = st.slider if slides else st.number_input
    draw(**_said(words, filled), min_value=low, max_value=high, value=value, **_bound(name, value), **more)
    state.publish(name, value, default)
    return value


def seed(words: str, default: int) -> int:
    """A number input for a seed, held in `?seed=`."""
    return number(words, 0, MAX_SEED, default, width=110)


def button(
    words: str,
    icon: str,
    on_click: Callable[..., Any] | None = None,
    *args: object,
    filled: Mapping[str, object] = MappingProxyType({}),
    **more: Any,
) -> bool:
    """st.button that says `words`, with a Material icon; whether it was pressed just now."""
    look = {**_said(words, filled), "icon": f":material/{icon}:", **more}
    return st.button(on_click=on_click, args=args, **look)


def again(words: str, icon: str, *, name: str = "") -> int:
    """A seed held in `?name=`, and the button that moves on to the next one."""
    name = name or _last(words)
    value = state.number(name, 0, MAX_SEED, 0)
    button(words, icon, st.session_state.update, {name: (value + 1) % (MAX_SEED + 1)})
    state.publish(name, value, 0)
    return value


def _last(words: str) -> str:
    return words.rpartition(".")[2]


def _said(words: str, filled: Mapping[str, object] = MappingProxyType({})) -> dict[str, Any]:
    """The label, and the explanation where there is one."""
    return {"label": t(words, **filled), "help": t_or(f"{words}_help", "", **filled) or None}


def _labels(words: str) -> Callable[[str], str]:
    return lambda option: t_or(f"{words}_{option}", option)


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
