"""What is wrong, as data: the text of an error is a Message, which has a name in a table for each language."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, get_args


def read_table(path: Path) -> dict[str, str]:
    """The templates in a file by dotted name: `unknown` in its table [run] is run.unknown."""
    tables: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return {f"{table}.{name}": template for table, templates in tables.items() for name, template in templates.items()}


ENGLISH = read_table(Path(__file__).with_name("errors.toml"))
"""Every template by its message's name. A package above this one adds its own."""


class Message(str):
    """A sentence, or a part of one, in English; its name and values say the same in any language.

    `raise ValueError(Message("run.unknown", run=run_id))`. Values are texts, numbers, or Messages; of an error, what
    it says; of anything else, its text.
    """

    name: str
    values: dict[str, Any]

    def __new__(cls, name: str, /, **values: object) -> Self:
        plain = {key: _plain(value) for key, value in values.items()}
        message = super().__new__(cls, ENGLISH[name].format_map(plain))
        message.name, message.values = name, plain
        return message

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.name,), self.values


def text_of(error: BaseException) -> str:
    """What an error says: its Message if it has one, else the text of whoever raised it."""
    if isinstance(error, OSError) and error.filename is not None and error.filename2 is None:
        return Message("file.failed", number=error.errno, reason=error.strerror, path=repr(error.filename))
    return error.args[0] if error.args and isinstance(error.args[0], Message) else str(error)


def mapped(text: str, change: Callable[[str], str]) -> str:
    """The text changed; of a Message, all texts among its values, however deep."""
    if not isinstance(text, Message):
        return change(text)
    values = {key: mapped(value, change) if isinstance(value, str) else value for key, value in text.values.items()}
    return Message(text.name, **values)


def dumps(text: str) -> str:
    """A text for a place that keeps only texts; a Message as JSON, its English first for whoever looks there."""
    return json.dumps(_to_json(text), ensure_ascii=False) if isinstance(text, Message) else text


def loads(kept: str) -> str:
    """The inverse of `dumps`; any other text, as an earlier version kept, stays as it is."""
    try:
        return _from_json(json.loads(kept)) if kept.startswith('["') else kept
    except ValueError:
        return kept


def require(condition: bool, name: str, got: object, allowed: str) -> None:
    """Raise the ValueError that every check raises: what, got, allowed. `name`: of a setting, or a Message in words."""
    if not condition:
        in_words = isinstance(name, Message)
        values = {"name": name, "value": repr(got), "allowed": allowed}
        raise ValueError(Message("value.in_words" if in_words else "value.of_setting", **values))


def require_between(name: str, got: float, low: float, high: float, allowed: str = "allowed.range") -> None:
    if not low <= got <= high:
        require(False, name, got, Message(allowed, low=low, high=high))


def require_choice(name: str, got: object, literal: Any) -> None:
    require(got in get_args(literal), name, got, ", ".join(get_args(literal)))


def _plain(value: object) -> str | float | None:
    if isinstance(value, BaseException):
        return text_of(value)
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _to_json(value: Any) -> Any:
    if not isinstance(value, Message):
        return value
    return [str(value), value.name, {key: _to_json(inner) for key, inner in value.values.items()}]


def _from_json(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    english, name, values = value
    try:
        return Message(name, **{key: _from_json(inner) for key, inner in values.items()})
    except (KeyError, ValueError):  # of a version that has other messages
        return english
