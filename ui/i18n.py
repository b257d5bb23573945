"""Words on screen in the visitor's language: `t("train.start")` is `start` in the table [train] of its files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

LESSONS = Path(__file__).resolve().parent.parent / "lessons"
LANGUAGES = ("en", "zh")
FALLBACK = "en"


@cache
def strings(lang: str) -> Mapping[str, str]:
    """Every string of a language by its dotted key, from a file for each page and those that pages share."""
    files = (path for path in (LESSONS / lang).glob("*.toml") if path.name != "errors.toml")
    return dict(row for path in files for row in _flatten(tomllib.loads(path.read_text(encoding="utf-8"))))


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            rows += _flatten(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, value))
    return rows


def browser_language() -> str:
    """The browser's own language, if the app speaks it."""
    spoken = (st.context.locale or FALLBACK).lower().split("-")[0]
    return spoken if spoken in LANGUAGES else FALLBACK


def language() -> str:
    """The language of this visitor's page: "en" or "zh"."""
    chosen = st.session_state.get("lang")
    return chosen if chosen in LANGUAGES else browser_language()


def t(key: str, **values: object) -> str:
    """The string `key` in the visitor's language, with `{name}` filled in from `values`.

    A key that is missing falls back to English, then to itself; a test finds either.
    """
    return t_or(key, key, **values)


def t_or(key: str, otherwise: str, **values: object) -> str:
    """As `t`, but `otherwise` where no language has the key."""
    text = strings(language()).get(key) or strings(FALLBACK).get(key, otherwise)
    return text.format(**values) if values else text


def table(name: str) -> dict[str, str]:
    """All strings of the table `[name]`, raw, keyed without it: what a component in the browser fills in itself."""
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): strings(language()).get(key, text)
        for key, text in strings(FALLBACK).items()
        if key.startswith(prefix)
    }
