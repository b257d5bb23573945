"""Exhibits that live in the browser: a folder each, with what they share (common.js, common.css) beside them."""

from __future__ import annotations

from pathlib import Path

from ui import theme

HERE = Path(__file__).resolve().parent


def script(*names: str) -> str:
    """One ES module out of several files: what exhibits share first, the exhibit's own after it."""
    return "\n".join(_read(name) for name in ("common.js", "controls.js", *names))


def style(*names: str) -> str:
    """One style sheet: the colours, common.css, the exhibit's own."""
    return "\n".join([f".lab {{\n{theme.css()}}}", *(_read(name) for name in ("common.css", *names))])


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
