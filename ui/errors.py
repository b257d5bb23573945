"""What is wrong, in the visitor's language: by its name in lessons/<language>/errors.toml."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from functools import cache

from ddpm_core.errors import Message, read_table, text_of
from ui.i18n import LESSONS, language, t


def message_of(error: BaseException, lang: str = "") -> str:
    """What to tell the learner about an error, in their language or in `lang`, and without a traceback."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return t("error.disk_full", path=error.filename or "")
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {translated(error.strerror or '', lang)}"
    return translated(text_of(error), lang)


def translated(text: str, lang: str = "") -> str:
    """A Message in the visitor's language or in `lang`, English where it lacks it; any other text stays as it is.

    [system] of a language's table has what the system and SQLite say, word for word, which are no Messages.
    """
    templates = _table(lang or language())
    if not isinstance(text, Message):
        return templates.get(f"system.{text}", text)
    values = {key: translated(value, lang) if isinstance(value, str) else value for key, value in text.values.items()}
    return templates[text.name].format_map(values) if text.name in templates else text


@cache
def _table(lang: str) -> Mapping[str, str]:
    path = LESSONS / lang / "errors.toml"
    return read_table(path) if path.is_file() else {}
