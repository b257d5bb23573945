"""The ValueError that every check raises: what, got, allowed."""

from __future__ import annotations

from typing import Any, get_args


def require(condition: bool, name: str, got: object, allowed: str) -> None:
    """Raise the ValueError every config check raises: what, got, allowed."""
    if not condition:
        raise ValueError(f"{name} is {got!r}; allowed: {allowed}.")


def require_choice(name: str, got: object, literal: Any) -> None:
    require(got in get_args(literal), name, got, ", ".join(get_args(literal)))
