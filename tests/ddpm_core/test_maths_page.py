"""docs/maths.md and docs/pitfalls.md name functions and tests that there are."""

from __future__ import annotations

import importlib
import re
from functools import reduce
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DOCS = TESTS.parents[1] / "docs"
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("maths.md", "pitfalls.md")}
SOURCES = {file.name: file.read_text(encoding="utf-8") for file in TESTS.rglob("*.py")}
WRITTEN = {name: re.findall(r"^ *(?:def|class) (\w+)", source, re.M) for name, source in SOURCES.items()}
ALL = {name for names in WRITTEN.values() for name in names}


def test_every_function_named_is_there() -> None:
    named = re.findall(r"`([\w.]+):([\w.]+)`", PAGES["maths.md"])
    assert len(named) > 25
    for module, path in named:
        assert callable(reduce(getattr, path.split("."), importlib.import_module(f"ddpm_core.{module}")))


@pytest.mark.parametrize("page", PAGES)
def test_every_test_named_is_there(page: str) -> None:
    named = re.findall(r"`(test_\w+\.py)?(?:::(\w+))?`", PAGES[page])
    file = ""
    for new_file, test in named:
        file = new_file or file
        assert file in WRITTEN or not new_file, file
        assert not test or test in (WRITTEN[file] if new_file else ALL), test


def test_every_row_is_proven() -> None:
    rows = [line for line in PAGES["maths.md"].splitlines() if re.match(r"\| .* \| `", line) or "](https" in line]
    assert len(rows) > 25
    assert all("::" in row or "test_" in row for row in rows)
