"""A lesson file becomes sections and tasks; a function's source is cut out of its file."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from ddpm_core.formulas import FORMULAS
from ui import i18n, lesson, theme

TEXT = """# Why?

Because.

## Try this {#try}

Before the tasks.

### First

Guess.

---

Yes.

### Second

Only do.

## The maths {#maths}

| a | b |
|---|---|
"""


def test_a_lesson_is_read_into_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "why.md"
    path.write_text(TEXT, encoding="utf-8")
    read = lesson.parse(path)
    assert (read.title, read.lead) == ("Why?", "Because.")
    assert list(read.sections) == ["try", "maths"]
    assert read.sections["try"].text == "Before the tasks."
    assert read.sections["try"].tasks == (lesson.Task("First", "Guess.", "Yes."), lesson.Task("Second", "Only do.", ""))
    assert read.sections["maths"].text.endswith("|---|---|")


def test_a_lesson_without_a_title_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "untitled.md"
    path.write_text("No title.\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"untitled\.md begins with 'No title\.'"):
        lesson.parse(path)


@pytest.mark.parametrize("function", [i18n.t, i18n.strings.__wrapped__, lesson.source_of.__wrapped__])
def test_source_is_what_python_sees(function: object) -> None:
    name = f"{function.__module__}:{function.__qualname__}"
    assert lesson.source_of(name) == inspect.getsource(function).rstrip()


def test_a_method_is_cut_out_and_dedented() -> None:
    source = lesson.source_of("ddpm_core.network.config:UNetConfig.size_divisor")
    assert source.startswith("@property\ndef size_divisor(self)")


@pytest.mark.parametrize("name", ["ui.nowhere:f", "ui.i18n:nothing", "ui.i18n:t.inner"])
def test_an_unknown_source_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        lesson.source_of(name)


def test_every_formula_is_coloured_and_tied_to_its_source() -> None:
    for name, formula in FORMULAS.items():
        latex = lesson.coloured(formula.latex)
        assert r"\colour" not in latex, name
        assert latex.count(r"\textcolor{#") == formula.latex.count(r"\colour{"), name
        assert latex.count("{") == latex.count("}"), name
        assert lesson.source_of(formula.function), name


def test_each_idea_has_its_own_colour_in_a_formula() -> None:
    latex = lesson.coloured(FORMULAS["q_sample"].latex)
    for idea, symbol in {"x0": "x_0", "eps": r"\varepsilon", "xt": "x_t"}.items():
        assert rf"\textcolor{{{theme.COLOURS[idea].light}}}{{{symbol}}}" in latex
