"""The rules of the house (docs/architecture.md), each held by a test."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STOREYS = {"ddpm_core": 0, "jobs": 1, "ui": 2, "pages": 3, "app": 3}
FOLDERS = [name for name in STOREYS if name != "app"]
SOURCES = [ROOT / "app.py", *(path for name in FOLDERS for path in sorted((ROOT / name).rglob("*.py")))]
BROWSER_SOURCES = [path for ending in ("js", "ts", "css") for path in sorted((ROOT / "ui").rglob(f"*.{ending}"))]
TOOLS = [path for name in ("benchmarks", "scripts") for path in sorted((ROOT / name).rglob("*.py"))]
SUPPORT = [*TOOLS, *sorted((ROOT / "tests").rglob("*.py"))]
PAGES = sorted((ROOT / "pages").glob("*/page.py"))


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def storey_of(path: Path) -> int:
    return STOREYS[path.relative_to(ROOT).parts[0].removesuffix(".py")]


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_imports_run_down(path: Path) -> None:
    above = [name for name in imported(tree_of(path)) if STOREYS.get(name.split(".")[0], 0) > storey_of(path)]
    assert not above, f"{label(path)} imports from a storey above it: {above}"


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_a_page_is_imported_by_its_own_parts_only(path: Path) -> None:
    here = path.relative_to(ROOT).parent.as_posix().replace("/", ".")
    named = [name for name in imported(tree_of(path)) if name.startswith("pages.")]
    assert not [name for name in named if name != here and not name.startswith(f"{here}.")]


@pytest.mark.parametrize("path", [path for path in SOURCES if storey_of(path) < 2], ids=label)
def test_only_the_upper_storeys_know_streamlit(path: Path) -> None:
    assert "streamlit" not in {name.split(".")[0] for name in imported(tree_of(path))}


SERVER = """
import sys
import app
from streamlit.testing.v1 import AppTest
import jobs.pool.pool, jobs.store.store, jobs.training.supervisor
app.warm_up()
shell = AppTest.from_file("ui/shell.py", default_timeout=120).run()
from ui.nav import PAGES
for entry in PAGES:
    shell.switch_page(f"../pages/{entry.name}/page.py").run()
    assert not shell.exception, (entry.name, shell.exception)
loaded = sorted(name for name in sys.modules if name.split(".")[0] in ("torch", "diffusers"))
print("LOADED", loaded[:5])
"""
TORCH_FREE = """
import sys
import ddpm_core, ddpm_core.config, ddpm_core.schedule, ddpm_core.runs.presets, ddpm_core.runs.folder, ddpm_core.data
print("LOADED", sorted(name for name in sys.modules if name.split(".")[0] == "torch")[:5])
"""


@pytest.mark.parametrize("script", [SERVER, TORCH_FREE], ids=["every page visited", "the torch-free core"])
def test_the_server_never_imports_torch(script: str, runs_dir: Path) -> None:
    """In a process of its own, since other tests import torch into this one."""
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL,
        env={**os.environ, "DDPM_RUNS_DIR": str(runs_dir), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-3000:]
    assert "LOADED []" in result.stdout


@pytest.mark.parametrize("path", PAGES, ids=label)
def test_pages_hold_no_maths(path: Path) -> None:
    tree = tree_of(path)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Pow | ast.MatMult)]
    maths = {"np", "numpy", "torch", "math", "scipy", "statistics"}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not maths & (names | {name.split(".")[0] for name in imported(tree)})


@pytest.mark.parametrize("path", PAGES, ids=label)
def test_a_page_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.parametrize("path", [*SOURCES, *BROWSER_SOURCES, *TOOLS], ids=label)
def test_a_file_is_one_idea_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_a_function_fits_one_screen(path: Path) -> None:
    too_long = [
        f"{node.name} ({length} lines)"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > (60 if is_network(path, node) else 40)
    ]
    assert not too_long


def is_network(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A network's constructor lists its layers, and may take more room."""
    return node.name == "__init__" and path.name == "unet.py"


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_public_docstrings_are_short(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            docstring = ast.get_docstring(node) or ""
            assert len(docstring.splitlines()) <= 12, docstring


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_assert_is_for_tests(path: Path) -> None:
    assert not [node.lineno for node in ast.walk(tree_of(path)) if isinstance(node, ast.Assert)]


@pytest.mark.parametrize("path", BROWSER_SOURCES, ids=label)
def test_the_browser_looks_numbers_up(path: Path) -> None:
    """JavaScript mixes a·x0 + b·ε from tables it was sent; a second schedule would show up as one of these."""
    own_maths = r"Math\.(?:sqrt|cbrt|exp|expm1|pow|sin|cos|tanh)\b|(?<!/)\*\*(?!/|\s*2\b)"
    assert not re.findall(own_maths, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*SOURCES, *BROWSER_SOURCES, *SUPPORT], ids=label)
def test_nothing_is_left_for_later(path: Path) -> None:
    marks = "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"])
    assert not re.findall(rf"\b(?:{marks})\b", path.read_text(encoding="utf-8"))
    assert "NotImplemented" + "Error" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_nothing_loads_a_pickle(path: Path) -> None:
    names = set(imported(tree_of(path)))
    assert not {"pickle", "dill", "joblib"} & names
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "load":
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            owner = ast.unparse(node.func.value)
            assert owner != "torch" or given.get("weights_only") == "True", f"line {node.lineno}"
            assert owner not in ("np", "numpy") or given.get("allow_pickle", "False") == "False", f"line {node.lineno}"
