"""The two languages hold the same keys, placeholders and headings, and no page asks for a key that is not there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from ui import lesson
from ui.i18n import LANGUAGES, LESSONS, strings

ROOT = LESSONS.parent
SOURCES = [path for folder in ("ui", "pages") for path in sorted((ROOT / folder).rglob("*.py"))]
LESSON_FILES = sorted({path.name for path in LESSONS.rglob("*.md")})
DYNAMIC = ("nav.",)  # looked up from the table of pages: tests/ui/test_shell.py draws them all


def keys_used(path: Path) -> Iterator[tuple[str, bool]]:
    """Every key a file asks for, and whether it is whole: t("a.b") is, t(f"a.{b}") counts up to its first field."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        key = node.args[0]
        if node.func.id == "table" and isinstance(key, ast.Constant):
            yield f"{key.value}.", False
        if node.func.id != "t":
            continue
        if isinstance(key, ast.Constant):
            yield str(key.value), True
        elif isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
            yield str(key.values[0].value), False
        elif isinstance(key, ast.IfExp):
            yield from ((str(leaf.value), True) for leaf in (key.body, key.orelse) if isinstance(leaf, ast.Constant))
        else:
            raise AssertionError(f"{path.relative_to(ROOT)}:{node.lineno}: t() needs a literal key or f-string prefix")


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def test_both_languages_have_the_same_strings() -> None:
    assert strings("en").keys() == strings("zh").keys()


@pytest.mark.parametrize("key", strings("en"))
def test_a_string_is_filled_in_alike_in_both_languages(key: str) -> None:
    english, chinese = strings("en")[key], strings("zh").get(key, "")
    assert english.strip()
    assert chinese.strip()
    assert placeholders(english) == placeholders(chinese)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_key_a_source_asks_for_exists(path: Path) -> None:
    known = strings("en")
    missing = [
        key
        for key, whole in keys_used(path)
        if not (key in known if whole else any(name.startswith(key) for name in known))
    ]
    assert not missing


def test_no_string_is_left_unused() -> None:
    used = {use for path in SOURCES for use in keys_used(path)}
    whole = {key for key, is_whole in used if is_whole}
    prefixes = (*(key for key, is_whole in used if not is_whole), *DYNAMIC)
    assert not [key for key in strings("en") if key not in whole and not key.startswith(prefixes)]


@pytest.mark.parametrize("name", LESSON_FILES)
def test_lessons_have_the_same_headings_and_tasks(name: str) -> None:
    english, chinese = (lesson.parse(LESSONS / lang / name) for lang in LANGUAGES)
    assert english.lead
    assert chinese.lead
    assert list(english.sections) == list(chinese.sections)
    for key, section in english.sections.items():
        shape = [bool(task.answer) for task in section.tasks]
        assert shape == [bool(task.answer) for task in chinese.sections[key].tasks], key


@pytest.mark.parametrize("path", sorted(LESSONS.rglob("*.md")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_heading_of_a_lesson_carries_a_key(path: Path) -> None:
    headings = re.findall(r"^## .*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(headings) == len(lesson.parse(path).sections), headings


def test_chinese_strings_are_chinese() -> None:
    """A string that is the same in both languages is a name or a number, not a sentence left behind."""
    same = [key for key, text in strings("en").items() if strings("zh").get(key) == text]
    assert not [key for key in same if len(strings("en")[key].split()) > 3]
