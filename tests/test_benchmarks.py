"""The benchmarks' arithmetic and their page; what they measure is measured by running them."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import course_recipe, report, training_speed, turns
from tests.support.runs import TINY

CASE: training_speed.Case = {
    "training": {
        "bare float32": [0.10], "ours float32": [0.102], "diffusers float32": [0.15], "lucidrains float32": [0.20],
        "bare bfloat16": [0.05], "ours bfloat16": [0.051], "diffusers bfloat16": [0.10], "lucidrains bfloat16": [0.16],
        "diffusers+tuned bfloat16": [0.08],
    },
    "loop": {
        "bare float32": [0.20], "ours float32": [0.202],
        "bare bfloat16": [0.10, 0.20, 0.10], "ours bfloat16": [0.099, 0.198, 0.30],
    },
    "flops": {"ours": 1e8, "diffusers": 1e8, "lucidrains": 0.99e8},
}  # fmt: skip
RESULT: training_speed.Result = {
    "cases": {"mnist_quick": CASE},
    "sampling": {"mnist_quick ddim sampler": [0.505], "mnist_quick ddim bare": [0.5]},
    "ceiling": {"float32": 3.84e11, "bfloat16": 7.68e11},
    "threads": 2,
}


def test_peers_are_compared_at_their_precision_and_at_our_best() -> None:
    rows = [
        line.strip("| ").split(" | ") for line in training_speed.training_table(CASE, RESULT["ceiling"]).splitlines()
    ]
    by_name = {(row[0], row[1]): row[2:] for row in rows[2:]}
    assert by_name["diffusers", "float32"] == ["1.00", "427", "1.47", "2.94", "33%"]
    assert by_name["lucidrains", "bfloat16"] == ["0.99", "400", "3.14", "3.14", "15%"]
    assert by_name["diffusers+tuned", "bfloat16"] == ["1.00", "800", "1.57", "1.57", "31%"]
    assert by_name["ours", "bfloat16"][2:4] == ["1.00", "1.00"]
    assert not [name for name, _ in by_name if name == "bare"]


def test_overheads_are_beside_the_bare_network() -> None:
    assert list(training_speed.overheads(RESULT)) == [
        ("mnist_quick: training step, float32", "202.0 ms", "200.0 ms", "+1.0%"),
        ("mnist_quick: training step, bfloat16", "198.0 ms", "100.0 ms", "-1.0%"),
        ("mnist_quick: 16 pictures, DDIM-50", "0.51 s", "0.50 s", "+1.0%"),
    ]


def test_all_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    now, order = 0.0, []

    def contestant(name: str, seconds: float) -> turns.Steps:
        def steps(num: int) -> None:
            nonlocal now
            now += num * seconds
            order.append(name)

        return steps

    monkeypatch.setattr(turns.time, "perf_counter", lambda: now)
    got = turns.times_of({"a": contestant("a", 1.0), "b": contestant("b", 3.0)}, rounds=3, steps=2)
    assert got == {"a": [1.0] * 3, "b": [3.0] * 3}
    assert order == ["a", "b"] * 4


def test_steps_in_a_row_are_one_request() -> None:
    assert turns.in_runs([1.0, 2.0, 3.0, 4.0], 2) == [3.0, 7.0]


def raised(power: int) -> dict[str, turns.Steps]:
    """A contestant that changes its process, and fails where it finds it changed by another."""
    assert os.environ["TURNS"] == "theirs"

    def steps(num: int) -> None:
        os.environ["TURNS"] = str(num**power)

    return {"steps": steps}


def test_a_process_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURNS", "ours")
    # A new process runs the main script again; an AppTest of another test leaves its own there.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    elsewhere = turns.Elsewhere(raised, 2, environment={"TURNS": "theirs"})
    assert list(elsewhere.contestants) == ["steps"]
    elsewhere.contestants["steps"](3)
    assert os.environ["TURNS"] == "ours"
    elsewhere.end()
    with pytest.raises(OSError, match="closed"):
        elsewhere.contestants["steps"](3)


def test_a_run_cut_short_is_projected(tmp_path: Path) -> None:
    whole = course_recipe.measure(TINY, tmp_path / "whole", math.inf)
    assert (whole.complete, whole.steps) == (True, whole.total_steps)
    assert whole.whole == pytest.approx(whole.start + whole.training)
    cut = course_recipe.measure(TINY, tmp_path / "cut", 0.0)
    assert (cut.complete, cut.steps) == (False, 1)
    assert cut.whole == pytest.approx(cut.start + whole.total_steps * cut.training)


def test_a_section_takes_the_place_of_its_like(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("# Benchmarks\n\nWords.\n\n## One\n\nold\n\n## Two\n\nkept\n", encoding="utf-8")
    monkeypatch.setattr(report, "PAGE", page)
    report.publish("One", "new \\1 (C:\\g)")
    report.publish("Three", report.table(("a", "b"), [(1, "x")]))
    assert page.read_text(encoding="utf-8") == (
        "# Benchmarks\n\nWords.\n\n## One\n\nnew \\1 (C:\\g)\n\n## Two\n\nkept\n\n"
        "## Three\n\n| a | b |\n| --- | --- |\n| 1 | x |\n"
    )
