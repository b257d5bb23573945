"""What a lesson says and shows: prose from lessons/<language>/<page>.md, formulas, functions cut out of their files."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from ddpm_core.formulas import FORMULAS
from ui import theme
from ui.i18n import FALLBACK, LESSONS, language, t

ROOT = LESSONS.parent
Definition = ast.FunctionDef | ast.ClassDef
_HEADING = re.compile(r"^## (?P<title>.+?) \{#(?P<key>[a-z0-9_]+)\}$", re.MULTILINE)
_COLOUR = re.compile(r"\\colour\{(?P<idea>\w+)\}")
_ARXIV = re.compile(r"arXiv (\d{4}\.\d{5})")
_TASK = re.compile(r"^### (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Task:
    """One thing to do: a question on show, an answer behind it (empty if there is none)."""

    title: str
    question: str
    answer: str


@dataclass(frozen=True)
class Section:
    """A `## Title {#key}` section: its text up to the first `###`, and the `###` tasks."""

    title: str
    text: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Lesson:
    """A page's prose: `# Title`, the lead sentence, sections by key."""

    title: str
    lead: str
    sections: dict[str, Section]


def prose(page: str) -> Lesson:
    """The lesson of a page in the visitor's language."""
    path = LESSONS / language() / f"{page}.md"
    return parse(path if path.is_file() else LESSONS / FALLBACK / f"{page}.md")


@cache
def parse(path: Path) -> Lesson:
    """Read a lesson file. Raises ValueError where it has no `# Title` line."""
    head, *rest = _HEADING.split(path.read_text(encoding="utf-8"))
    title, _, lead = head.strip().partition("\n")
    if not title.startswith("# "):
        raise ValueError(f"{path.name} begins with {title!r}; a lesson begins with '# ' and its title.")
    sections = {key: _section(name, body) for name, key, body in zip(*[iter(rest)] * 3, strict=True)}
    return Lesson(title.removeprefix("# "), lead.strip(), sections)


def _section(title: str, body: str) -> Section:
    text, *rest = _TASK.split(body)
    return Section(title, text.strip(), tuple(_task(*pair) for pair in zip(*[iter(rest)] * 2, strict=True)))


def _task(title: str, body: str) -> Task:
    question, _, answer = body.partition("\n---\n")
    return Task(title, question.strip(), answer.strip())


def show_header(page: str) -> None:
    """The page's question as its title, and its one sentence."""
    lesson = prose(page)
    st.title(lesson.title, anchor=False)
    st.markdown(f":gray[{lesson.lead}]")


def show_section(page: str, key: str) -> None:
    """A section: heading, text, and its tasks side by side, each answer closed until the learner opens it."""
    section = prose(page).sections[key]
    st.header(section.title, anchor=False)
    if section.text:
        st.markdown(section.text)
    for column, task in zip(st.columns(len(section.tasks) or 1), section.tasks, strict=False):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{task.title}**\n\n{task.question}")
            if task.answer:
                with st.expander(t("common.reveal")):
                    st.markdown(task.answer)


def show_formula(name: str, *, code: bool = True) -> None:
    """A formula in the colours of its ideas, where it comes from, and the function that computes it."""
    formula = FORMULAS[name]
    st.latex(coloured(formula.latex))
    st.caption(_ARXIV.sub(r"[arXiv \1](https://arxiv.org/abs/\1)", formula.source), text_alignment="center")
    if code:
        show_source(formula.function)


def coloured(latex: str) -> str:
    r"""LaTeX with `\colour{idea}{…}` turned into the colour of the idea on the visitor's theme."""
    return _COLOUR.sub(lambda found: rf"\textcolor{{{theme.colour(found['idea'])}}}", latex)


@cache
def source_of(name: str) -> str:
    """The source text of `module:function` (or `module:Class.method`), found without importing the module.

    Raises ValueError where there is no such file or definition.
    """
    module, _, qualified = name.partition(":")
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    if not path.is_file():
        raise ValueError(f"{name!r}: there is no file {path.relative_to(ROOT)}.")
    text = path.read_text(encoding="utf-8")
    definition = _find(name, ast.parse(text).body, qualified.split("."))
    first = min([definition.lineno, *(decorator.lineno for decorator in definition.decorator_list)])
    lines = text.splitlines()[first - 1 : definition.end_lineno]
    return "\n".join(line[definition.col_offset :] for line in lines)


def _find(name: str, body: list[ast.stmt], parts: list[str]) -> Definition:
    inside = [node for node in body if isinstance(node, Definition) and node.name == parts[0]]
    if not inside:
        raise ValueError(f"{name!r}: its file defines no {parts[0]!r}.")
    return inside[-1] if len(parts) == 1 else _find(name, inside[-1].body, parts[1:])


def show_source(name: str) -> None:
    """The very source that ran, closed until opened: `show_source("ddpm_core.schedule:q_sample")`."""
    module, _, function = name.partition(":")
    with st.expander(
        t("common.source", function=function, file=module.replace(".", "/") + ".py"), icon=":material/code:"
    ):
        st.code(source_of(name), language="python", line_numbers=False)
