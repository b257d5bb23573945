"""What the program may say when something is wrong, read from its source."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.test_architecture import ROOT, label, tree_of

# What no page can bring about needs no translation:
EXEMPT = (
    # said on the command line only;
    "ddpm_core/cli/commands.py",
    "ddpm_core/cli/console.py",
    "ddpm_core/cli/data.py",
    "ddpm_core/export/",
    # arguments that only who calls a function from Python can get wrong: shapes and dtypes of arrays, names of things;
    "ddpm_core/quality/linear_baseline.py",
    "ddpm_core/data/registry.py:fetch",
    "ddpm_core/data/digits/__init__.py:make_digits",
    "ddpm_core/data/own/datasets.py:add_pictures",
    "ddpm_core/data/points.py:make_points",
    "ddpm_core/data/sprites/__init__.py:make_sprites",
    "ddpm_core/network/mlp.py",
    "ddpm_core/network/base.py",
    "ddpm_core/prediction.py",
    "ddpm_core/quality/measures.py",
    "ddpm_core/quality/points.py:sliced_wasserstein",
    "ddpm_core/sampler.py:noised_start",
    "ddpm_core/schedule.py:at",
    "ddpm_core/schedule.py:q_posterior",
    "ddpm_core/schedule.py:require_shape",
    "ddpm_core/network/unet.py",
    "jobs/store/metrics.py",
    "ui/drawing/paper.py:keep",
    # and what is wrong with a page or a lesson itself.
    "ui/components/",
    "ui/lesson.py",
    "ui/nav.py",
)
FOLDERS = ("ddpm_core", "jobs", "ui", "pages")
TREES = {label(path): tree_of(path) for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))}
ERRORS = {"ValueError": 0, "PictureError": 1, "_IdxError": 0, "OSError": 0, "TimeoutError": 0}
"""Which argument of an error is its text; of an OSError with a number it is the one after that."""
REASONS = (
    "jobs/failure.py:failure_message",
    "jobs/failure.py:disk_full_message",
    "jobs/training/launch.py:how_it_ended",
)
"""Functions that return a text, not an error."""


@dataclass
class Reader:
    """The texts that an expression in a function of a file may become; what only a run can tell is a token, ⟦1⟧ …"""

    place: str
    function: ast.AST
    tokens: dict[str, str] = field(default_factory=dict)

    def texts(self, node: ast.AST) -> list[str]:
        found: Sequence[ast.AST] = ()
        match node:
            case ast.Constant(value=str() as text):
                return [text]
            case ast.BinOp(left=first, op=ast.Add(), right=second):
                return ["".join(choice) for choice in itertools.product(self.texts(first), self.texts(second))]
            case ast.JoinedStr(values=parts):
                return ["".join(choice) for choice in itertools.product(*map(self.texts, parts))]
            case ast.FormattedValue(value=value):
                return self.texts(value)
            case ast.IfExp(body=first, orelse=second):
                found = [first, second]
            case ast.BoolOp(values=values):
                found = values
            case ast.Name(id=name):
                found = assigned(self.function, name) or assigned(TREES[self.place], name)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if function := self.find(name):
                return returned(*function, self.tokens)
        token = self.tokens.setdefault(ast.unparse(node), f"⟦{len(self.tokens) + 1}⟧")
        return [text for value in found for text in self.texts(value)] or [token]

    def find(self, name: str) -> tuple[str, ast.AST] | None:
        """The function of this name that returns a text, from this file or else the only one."""
        every = [(place, node) for place, tree in TREES.items() for node in tree.body if is_words(node, name)]
        here = [(place, node) for place, node in every if place == self.place] or every
        return here[0] if len(here) == 1 else None


def is_words(node: ast.AST, name: str) -> bool:
    """Whether this defines the function; `t` speaks the visitor's language already."""
    return isinstance(node, ast.FunctionDef) and node.name == name != "t" and getattr(node.returns, "id", "") == "str"


def returned(place: str, function: ast.AST, tokens: dict[str, str]) -> list[str]:
    reader = Reader(place, function, tokens)
    values = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
    return [text for value in values for text in reader.texts(value)]


def assigned(scope: ast.AST, name: str) -> list[ast.AST]:
    """What a name is given in a function, or in a module outside of functions, if it may be a text."""
    pairs: list[tuple[ast.AST, ast.AST]] = []
    for node in ast.iter_child_nodes(scope) if isinstance(scope, ast.Module) else ast.walk(scope):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs += zip(targets, values, strict=True)
            case ast.Assign(targets=[target], value=value):
                pairs.append((target, value))
    kinds = ast.Constant | ast.JoinedStr | ast.IfExp | ast.BoolOp | ast.BinOp | ast.Call
    return [value for target, value in pairs if getattr(target, "id", "") == name and isinstance(value, kinds)]


def said(node: ast.AST, reader: Reader) -> list[str]:
    """The messages that a piece of source may show: an error's, a check's, the reason why a request or a run failed."""
    match node:
        case ast.Call(func=ast.Name(id="require"), args=[_, name, got, allowed]):
            values = [repr(text) for text in reader.texts(got)] if isinstance(got, ast.JoinedStr) else ["⟦0⟧"]
            parts = itertools.product(reader.texts(name), values, reader.texts(allowed))
            return [f"{name} is {value}; allowed: {allowed}." for name, value, allowed in parts]
        case ast.Call(func=ast.Name(id=name), args=[_, *_] as arguments) if name in ERRORS:
            is_numbered = name in ("OSError", "TimeoutError") and len(arguments) > 1
            return reader.texts(arguments[1 if is_numbered else ERRORS[name]])
        case ast.Tuple(elts=[ast.Constant(value="failed"), reason]):
            return reader.texts(reason)
        case ast.Call(func=ast.Attribute(attr="restart"), args=[_, reason]):
            return reader.texts(reason)
    return []


def is_exempt(place: str, where: str) -> bool:
    """Whether EXEMPT has the function, its file or a folder above."""
    return place in EXEMPT or where in EXEMPT or place.startswith(tuple(one for one in EXEMPT if one.endswith("/")))


def messages() -> dict[str, str]:
    """Where each message comes from, by its text."""
    found: dict[str, str] = {}
    for place, tree in TREES.items():
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            where = f"{place}:{function.name}"
            texts = [text for node in ast.walk(function) for text in said(node, Reader(place, function))]
            if where in REASONS:
                texts += returned(place, function, {})
            found |= {} if is_exempt(place, where) else dict.fromkeys(texts, where)
    return {text: where for text, where in found.items() if re.search("[a-z]", text)}
