"""What a cached answer depends on: the code that its task can reach, and no other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jobs.paths import REPOSITORY
from jobs.pool.code_hash import code_hash
from jobs.pool.tasks import TASKS

TRAJECTORY, SCORE = "sample_trajectory", "score_epoch"


def hashes(root: Path) -> dict[str, str]:
    return {name: code_hash(task.function.__module__, root) for name, task in TASKS.items()}


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("ddpm_core/sampler.py", {TRAJECTORY, SCORE}),
        ("ddpm_core/network/unet.py", {TRAJECTORY, SCORE}),
        ("ddpm_core/data/__init__.py", {TRAJECTORY, SCORE}),
        ("ddpm_core/__init__.py", {TRAJECTORY, SCORE}),
        ("ddpm_core/quality/measures.py", {SCORE}),
        ("jobs/pool/tasks/trajectory.py", {TRAJECTORY}),
        ("jobs/pool/tasks/score_epoch.py", {SCORE}),
        ("ddpm_core/cli/console.py", set()),
        ("ddpm_core/training/trainer.py", set()),
        ("jobs/pool/tasks/__init__.py", {TRAJECTORY, SCORE}),
        ("jobs/pool/cache.py", set()),
    ],
)
def test_a_changed_file_changes_the_answers_that_depend_on_it(tmp_path: Path, file: str, changed: set[str]) -> None:
    for folder in ("ddpm_core", "jobs"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = hashes(REPOSITORY)
    with (tmp_path / file).open("a", encoding="utf-8") as source:
        source.write("\nNEW = 1\n")
    after = hashes(tmp_path)
    assert {name for name in TASKS if after[name] != before[name]} == changed


def test_imports_are_followed_wherever_they_stand(tmp_path: Path) -> None:
    package = tmp_path / "lab"
    package.mkdir()
    sources = {
        "__init__": "", "a": "def f():\n    from lab import b\n", "b": "import lab.c, os", "c": "from lab.d import X",
        "d": "from lab import a; X = 1", "e": "",
    }  # fmt: skip
    for name, source in sources.items():
        (package / f"{name}.py").write_text(source)
    for k, name in enumerate(sources):
        other = tmp_path / f"{k}" / "lab"
        shutil.copytree(package, other)
        (other / f"{name}.py").write_text(f"{sources[name]}\n")
        same = code_hash("lab.a", tmp_path) == code_hash("lab.a", other.parent)
        assert same == (name == "e"), name
