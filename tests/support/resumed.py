"""What a run leaves, compared to the bit with that of another; only the time it took may differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, TrainStep

Event = TrainStep | EpochEnd


def timeless(events: list[Event]) -> list[Event]:
    return [replace(event, seconds=0.0) for event in events]


def assert_equals_whole(whole: tuple[list[Event], Path], events: list[Event], folder: Path) -> None:
    """`whole` is what happened in a run that nobody disturbed, and its folder."""
    assert timeless(events) == timeless(whole[0])
    assert weights_of(folder) == weights_of(whole[1])
    assert_same(state_of(folder), state_of(whole[1]))
    assert (folder / "loss_by_t.csv").read_bytes() == (whole[1] / "loss_by_t.csv").read_bytes()
    assert rows_of(folder) == rows_of(whole[1])
    for file in sorted(whole[1].glob("samples/*.png")):
        assert (folder / "samples" / file.name).read_bytes() == file.read_bytes()


def weights_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.glob("epoch-*.safetensors"))}


def state_of(folder: Path) -> dict[str, object]:
    """resume.pt as plain values, training time left out."""
    state = torch.load(folder / "resume.pt", weights_only=True)
    state["position"] = state["position"][:3]
    return state


def rows_of(folder: Path) -> list[Event]:
    """The lines of metrics.csv, training time left out."""
    return timeless(CsvLog(folder / "metrics.csv", TrainStep).rows())


def assert_same(one: object, other: object) -> None:
    if isinstance(one, Tensor):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            assert_same(one[name], other[name])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    else:
        assert one == other
