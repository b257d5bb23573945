"""The project's own files, and how tests read them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files(*folders: str, ending: str = "py") -> list[Path]:
    """Every file of a kind under these folders."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob(f"*.{ending}"))]


def label(path: Path) -> str:
    """A file's place in the project, as messages of tests name it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def num_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
