"""What is wrong, in the visitor's language: the core and the jobs say it in English, here it is translated.

lessons/<language>/errors.toml holds their sentences, English template = translated template. A `{value}` stands for any
text and stays as it is; one that is named like a table of the file, such as `{allowed}`, is looked up there in turn.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from ui.i18n import LESSONS, language

MESSAGE = "message"
"""The table of whole sentences."""
_VALUE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class _Template:
    """One line of errors.toml."""

    pattern: re.Pattern[str]
    translation: str


def translated(message: str, lang: str = "") -> str:
    """The message in the visitor's language, or in `lang`; one that nobody has translated stays as it is."""
    return _translate(message, MESSAGE, lang or language())


@lru_cache(maxsize=1000)  # a page that follows a run says the same every second
def _translate(text: str, table: str, lang: str) -> str:
    for template in _tables(lang).get(table, ()):
        if found := template.pattern.fullmatch(text):
            values = {
                name: _translate(value, name, lang) if name in _tables(lang) else value
                for name, value in found.groupdict().items()
            }
            return template.translation.format(**values)
    lines = text.split("\n")  # as where a page puts a sentence of its own before what the core says
    return "\n".join(_translate(line, table, lang) for line in lines) if len(lines) > 1 else text


@cache
def _tables(lang: str) -> Mapping[str, tuple[_Template, ...]]:
    """The templates of each table, those with the most letters of their own first; none for English."""
    path = LESSONS / lang / "errors.toml"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        tables: dict[str, dict[str, str]] = tomllib.load(file)
    return {
        name: tuple(
            _Template(_pattern(english), lines[english])
            for english in sorted(lines, key=lambda line: len(_VALUE.sub("", line)), reverse=True)
        )
        for name, lines in tables.items()
    }


def _pattern(english: str) -> re.Pattern[str]:
    """A regular expression for all that a template may have become; a value that comes twice is the same twice."""
    parts, seen = [], set()
    for place, part in enumerate(_VALUE.split(english)):
        if place % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>.*?)")
            seen.add(part)
    return re.compile("".join(parts))
