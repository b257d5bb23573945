"""What the classes of pictures are called in the visitor's language."""

from __future__ import annotations

from ui.i18n import FALLBACK, strings, t


def class_label(name: str) -> str:
    """The translated name of a class; digits and names unknown here stay as they are."""
    return t(f"classes.{name}") if f"classes.{name}" in strings(FALLBACK) else name.replace("_", " ")
