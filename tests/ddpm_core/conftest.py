"""The trainer on toy pictures, and a run that was trained on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ddpm_core.config import TrainConfig
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.training.trainer import train
from tests.support.toys import TINY_RUN, put_toys_into_trainer


@pytest.fixture
def toy_data(monkeypatch: pytest.MonkeyPatch) -> None:
    # The test's own monkeypatch, so that what a test patches on top is undone in the right order.
    put_toys_into_trainer(monkeypatch)


@pytest.fixture
def tiny_run() -> Callable[..., TrainConfig]:
    """tiny_run(num_epochs=2, ...): TINY_RUN with changes."""
    return lambda **changes: replace(TINY_RUN, **changes)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[TrainStep | EpochEnd], Path]:
    """TINY_RUN without interruption: what happened, and its folder (not to be written to)."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        put_toys_into_trainer(patch)
        return list(train(TINY_RUN, folder)), folder


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tensors here are so small that threads would only wait for each other (a hundredfold on a busy machine)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
