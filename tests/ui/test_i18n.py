"""The two languages hold the same keys, placeholders and headings, and no page asks for a key that is not there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from tests.support.sources import files, label, tree_of
from ui import lesson
from ui.i18n import LESSONS, strings

SOURCES = files("ui", "pages")
LESSON_FILES = sorted({path.name for path in LESSONS.rglob("*.md")})
CONTROLS = ("segmented", "select", "several", "number")
BUTTONS = ("button", "again")
CONTROLS_FILE = LESSONS.parent / "ui" / "controls.py"
DYNAMIC = ("nav.",)  # looked up from the table of pages: tests/ui/test_shell.py draws them all


def keys_used(path: Path) -> Iterator[tuple[str, bool]]:
    """Every key a file asks for, and whether it is whole: t("a.b") is, t(f"a.{b}") counts up to its first field.

    A control says what its key and those that begin with it say: ui/controls.py.
    """
    for node in ast.walk(tree_of(path)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and node.args):
            continue
        asks, key = ast.unparse(node.func).removeprefix("controls."), node.args[0]
        if asks == "table" and isinstance(key, ast.Constant):
            yield f"{key.value}.", False
        if asks not in ("t", "t_or", *BUTTONS, *CONTROLS) or path == CONTROLS_FILE:
            continue
        for leaf in (key.body, key.orelse) if isinstance(key, ast.IfExp) else (key,):
            if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                yield leaf.value, True
                if asks in BUTTONS and f"{leaf.value}_help" in strings("en"):
                    yield f"{leaf.value}_help", True
                if asks in CONTROLS and any(name.startswith(f"{leaf.value}_") for name in strings("en")):
                    yield f"{leaf.value}_", False
            elif isinstance(leaf, ast.JoinedStr) and isinstance(leaf.values[0], ast.Constant):
                yield str(leaf.values[0].value), False
            elif asks == "t":
                raise AssertionError(f"{label(path)}:{node.lineno}: t() needs a literal key or f-string prefix")


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def test_both_languages_have_the_same_strings() -> None:
    assert strings("en").keys() == strings("zh").keys()


def test_every_string_is_filled_in_alike_in_both_languages() -> None:
    english, chinese = strings("en"), strings("zh")
    empty = [key for key in english if not english[key].strip() or not chinese.get(key, "").strip()]
    assert not empty, "\n".join(empty)
    unlike = [key for key in english if placeholders(english[key]) != placeholders(chinese[key])]
    assert not unlike, "\n".join(unlike)


def test_every_key_a_source_asks_for_exists() -> None:
    known = strings("en")
    missing = [
        f"{label(path)}: {key}"
        for path in SOURCES
        for key, whole in keys_used(path)
        if not (key in known if whole else any(name.startswith(key) for name in known))
    ]
    assert not missing, "\n".join(missing)


def test_no_string_is_left_unused() -> None:
    used = {use for path in SOURCES for use in keys_used(path)}
    whole = {key for key, is_whole in used if is_whole}
    prefixes = (*(key for key, is_whole in used if not is_whole), *DYNAMIC)
    unused = [key for key in strings("en") if key not in whole and not key.startswith(prefixes)]
    assert not unused, "\n".join(unused)


def test_lessons_have_the_same_headings_and_tasks() -> None:
    unlike = [name for name in LESSON_FILES if outline("en", name) != outline("zh", name)]
    assert not unlike, "\n".join(unlike)


def outline(lang: str, name: str) -> list[tuple[str, list[bool]]]:
    """A lesson's sections, each with which of its tasks have an answer."""
    read = lesson.parse(LESSONS / lang / name)
    assert read.lead, f"{lang}/{name} has no lead"
    return [(key, [bool(task.answer) for task in section.tasks]) for key, section in read.sections.items()]


def test_every_heading_of_a_lesson_carries_a_key() -> None:
    without = [
        f"{label(path)}: {len(headings)} headings, {num} keys"
        for path in sorted(LESSONS.rglob("*.md"))
        if len(headings := re.findall(r"^## .*$", path.read_text(encoding="utf-8"), re.MULTILINE))
        != (num := len(lesson.parse(path).sections))
    ]
    assert not without, "\n".join(without)


def test_chinese_strings_are_chinese() -> None:
    """A string that is the same in both languages is a name or a number, not a sentence left behind."""
    same = [key for key, text in strings("en").items() if strings("zh").get(key) == text]
    english = [key for key in same if len(strings("en")[key].split()) > 3]
    assert not english, "\n".join(english)
