"""The code that a result depends on: pictures of an older sampler must not answer for a newer one."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

from jobs.paths import REPOSITORY


@cache
def code_hash(module: str, root: Path = REPOSITORY) -> str:
    """Hash of a module of the project under `root` and of all modules there that it reaches by imports."""
    waiting, found = [module], dict[str, str]()
    while waiting:
        name = waiting.pop()
        if name not in found and (path := _path(name, root)):
            found[name], imported = _read(path)
            waiting += [*imported, name.rpartition(".")[0]]  # a package runs before its modules
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()


def _path(name: str, root: Path) -> Path | None:
    """The module's file; None where the name is no module of the project."""
    base = name.replace(".", "/")
    return next((path for path in (root / f"{base}.py", root / base / "__init__.py") if path.is_file()), None)


@cache
def _read(path: Path) -> tuple[str, set[str]]:
    """A file's hash, and the names of all that it may import, inside functions too."""
    source = path.read_bytes()
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}  # it may be a module
    return hashlib.sha256(source).hexdigest(), names
