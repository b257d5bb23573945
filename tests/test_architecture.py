"""The rules of the house (docs/architecture.md) that no tool knows; `make check` holds the others."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.sources import ROOT, files, label, num_lines, tree_of

SOURCES = [ROOT / "app.py", *files("ddpm_core", "jobs", "ui", "pages")]
PAGES = [path for path in files("pages") if path.name == "page.py"]
TOOLS = files("benchmarks", "scripts")
BROWSER_SOURCES = [path for ending in ("js", "ts", "css") for path in files("ui", "pages", ending=ending)]
SERVER = """
import app
from streamlit.testing.v1 import AppTest
import jobs.pool.pool, jobs.store.store, jobs.training.supervisor
app.warm_up()
shell = AppTest.from_file("ui/shell.py", default_timeout=120).run()
from ui.nav import PAGES
for entry in PAGES:
    shell.switch_page(f"../pages/{entry.name}/page.py").run()
    assert not shell.exception, (entry.name, shell.exception)
"""
TORCH_FREE = """
import ddpm_core, ddpm_core.config, ddpm_core.schedule, ddpm_core.runs.presets, ddpm_core.runs.folder, ddpm_core.data
"""
ARRAY_MATHS = frozenset(
    "sqrt cbrt square power float_power pow exp exp2 expm1 log log2 log10 log1p sin cos tan tanh arctan2 hypot "
    "matmul dot vdot inner outer einsum tensordot linalg fft cov corrcoef polyfit".split()
)
STILL_THERE = {
    "pages/generate/takeaway.py: num ** 0.5",
    "pages/train/presets.py: (side / resolution) ** 2",
    "ui/components/scrubber/__init__.py: 10.0 ** e",
    "ui/components/scrubber/__init__.py: np.log",
}
"""What pages and ui held when the rule came to cover all of them: nothing is added, and what goes leaves this list."""


def test_the_server_never_imports_torch(runs_dir: Path) -> None:
    """Not even when every page is visited."""
    assert torch_loaded_by(SERVER, runs_dir) == "[]"


def test_what_the_server_needs_of_the_core_works_without_torch(runs_dir: Path) -> None:
    assert torch_loaded_by(TORCH_FREE, runs_dir) == "[]"


def torch_loaded_by(script: str, runs_dir: Path) -> str:
    """What a script loads of torch; in a process of its own, since other tests import torch into this one."""
    ask = "import sys\nprint(sorted(name for name in sys.modules if name.split('.')[0] in ('torch', 'diffusers'))[:5])"
    result = subprocess.run(
        [sys.executable, "-c", script + ask], cwd=ROOT, capture_output=True, text=True, timeout=240,
        stdin=subprocess.DEVNULL, env={**os.environ, "DDPM_RUNS_DIR": str(runs_dir), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout.splitlines()[-1]


def test_pages_and_ui_hold_no_maths() -> None:
    """They arrange arrays; a number that needs a formula is asked of ddpm_core, where it is tested."""
    found = {f"{label(path)}: {maths}" for path in files("pages", "ui") for maths in maths_in(tree_of(path))}
    assert found == STILL_THERE, "\n".join(sorted(found ^ STILL_THERE))


def maths_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.MatMult()):
                yield ast.unparse(node)
            case ast.BinOp(left=base, op=ast.Pow(), right=power) if not is_number(base) or not is_number(power):
                yield ast.unparse(node)  # 2**20 is a number, x**2 is a formula
            case ast.Attribute(value=ast.Name(id="np" | "numpy" | "math"), attr=name) if name in ARRAY_MATHS:
                yield ast.unparse(node)
            case ast.ImportFrom(module="numpy" | "math", names=names) if {one.name for one in names} & ARRAY_MATHS:
                yield ast.unparse(node)


def is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant)


def test_a_page_is_short() -> None:
    too_long(PAGES, 150)


def test_a_file_is_one_idea_long() -> None:
    too_long([*SOURCES, *BROWSER_SOURCES, *TOOLS], 250)


def too_long(paths: list[Path], most: int) -> None:
    found = [f"{label(path)}: {num} lines" for path in paths if (num := num_lines(path)) > most]
    assert paths
    assert not found, "\n".join(found)


def test_a_function_fits_one_screen() -> None:
    """And a network's constructor, which lists its layers, one and a half."""
    found = []
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                num = (node.end_lineno or 0) - node.lineno + 1
                is_network = node.name == "__init__" and "network" in path.parts
                if num > (60 if is_network else 40):
                    found.append(f"{label(path)}: {node.name} has {num} lines")
    assert not found, "\n".join(found)


def test_public_docstrings_are_short() -> None:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module
    found = [
        f"{label(path)}: {docstring.splitlines()[0]}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, kinds) and len((docstring := ast.get_docstring(node) or "").splitlines()) > 12
    ]
    assert not found, "\n".join(found)


def test_the_browser_looks_numbers_up() -> None:
    """JavaScript mixes a·x0 + b·ε from tables it was sent; a second schedule would show up as one of these."""
    own_maths = r"Math\.(?:sqrt|cbrt|exp|expm1|pow|sin|cos|tanh)\b|(?<!/)\*\*(?!/|\s*2\b)"
    found = lines_with(own_maths, BROWSER_SOURCES)
    assert not found, "\n".join(found)


def test_nothing_is_left_for_later() -> None:
    """Of Python's comments ruff takes care."""
    found = lines_with(r"\b(?:TODO|FIXME|XXX|HACK)\b", BROWSER_SOURCES)
    found += lines_with("NotImplementedError", [*SOURCES, *TOOLS])
    assert not found, "\n".join(found)


def lines_with(pattern: str, paths: list[Path]) -> list[str]:
    return [
        f"{label(path)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_arrays_and_weights_are_loaded_without_pickles() -> None:
    found = [
        f"{label(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and may_unpickle(node)
    ]
    assert not found, "\n".join(found)


def may_unpickle(call: ast.Call) -> bool:
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    match ast.unparse(call.func):
        case "torch.load":
            return given.get("weights_only") != "True"
        case "np.load" | "numpy.load":
            return given.get("allow_pickle", "False") != "False"
    return False


def test_tests_share_helpers_through_support_alone() -> None:
    """A helper in a test module or a conftest is found by nobody; fixtures need no import."""
    found = [
        f"{label(path)}:{node.lineno}: {node.module}"
        for path in files("tests", "benchmarks", "scripts")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and re.match(r"tests\.(?!support\b)", node.module or "")
    ]
    assert not found, "\n".join(found)
