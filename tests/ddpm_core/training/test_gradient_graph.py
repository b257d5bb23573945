"""What is recorded must do what it replaces; recording itself needs a GPU, so that a stand-in records here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Generator, Tensor, nn

from ddpm_core.training import gradient_graph
from ddpm_core.training.gradient_graph import Gradients
from ddpm_core.training.objective import BatchLoss


class StandIn:
    """Replays by computing again, into tensors of its own, as a CUDA graph does; off by `error` if asked."""

    error = 0.0

    def __init__(self, backward, model, x0, labels, generator) -> None:  # type: ignore[no-untyped-def]
        self._backward, self._model, self.shape, self._generator = backward, model, x0.shape, generator
        self.replays = 0
        backward(x0, labels, Generator())

    def replay(self, x0: Tensor, labels: Tensor | None) -> BatchLoss:
        self.replays += 1
        loss: BatchLoss = self._backward(x0, labels, self._generator)
        return loss._replace(mean=loss.mean.detach() + self.error)


def trained(recording: bool, sizes: list[int]) -> tuple[list[float], Tensor, Gradients]:
    """Losses and weights after one step on each batch size."""
    torch.manual_seed(0)
    model, generator = nn.Linear(3, 3), Generator().manual_seed(4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def backward(x0: Tensor, labels: Tensor | None, generator: Generator) -> BatchLoss:
        optimizer.zero_grad()
        each = (model(x0 + torch.randn(x0.shape, generator=generator)) - x0).square().mean(1)
        each.mean().backward()  # type: ignore[no-untyped-call]
        return BatchLoss(each.mean().detach(), each.detach(), None)

    gradients, losses = Gradients(backward, model, recording), []
    for size in sizes:
        losses.append(float(gradients(torch.ones(size, 3), None, generator).mean))
        optimizer.step()
    return losses, model.weight.detach().clone(), gradients


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    def put(error: float) -> None:
        monkeypatch.setattr(StandIn, "error", error)
        monkeypatch.setattr(gradient_graph, "GradientGraph", StandIn)

    return put


SIZES = [8, 8, 8, 3, 8, 3]


def test_replays_and_other_sizes_train_the_same(stand_in: Callable[[float], None]) -> None:
    stand_in(0.0)
    wanted, got = trained(False, SIZES), trained(True, SIZES)
    assert got[0] == wanted[0]
    assert torch.equal(got[1], wanted[1])
    assert got[2]._graph.replays == 4  # the check, and three batches of the recorded size


def test_a_recording_that_does_something_else_is_given_up(stand_in: Callable[[float], None]) -> None:
    stand_in(0.5)
    wanted = trained(False, SIZES)
    with pytest.warns(RuntimeWarning, match="without a CUDA graph, more slowly: loss and gradient norm are"):
        got = trained(True, SIZES)
    assert got[0] == wanted[0]
    assert torch.equal(got[1], wanted[1])


def test_a_recording_that_fails_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(gradient_graph, "GradientGraph", fails)
    wanted = trained(False, SIZES)
    with pytest.warns(RuntimeWarning, match="without a CUDA graph, more slowly: operation not permitted"):
        got = trained(True, SIZES)
    assert got[0] == wanted[0]
    assert torch.equal(got[1], wanted[1])


@pytest.mark.parametrize(("sizes", "fails_at"), [(SIZES, 8), ([8, 8, 8, 12, 8], 12)])
def test_a_recording_that_leaves_no_memory_for_a_step_is_given_up(
    stand_in: Callable[[float], None], monkeypatch: pytest.MonkeyPatch, sizes: list[int], fails_at: int
) -> None:
    """Beside the recording a step of `fails_at` pictures does not fit; alone it does."""
    stand_in(0.0)
    wanted = trained(False, sizes)

    class Full(StandIn):
        """While it is there, the memory is full."""

        there = False

        def __init__(self, backward, *rest) -> None:  # type: ignore[no-untyped-def]
            super().__init__(backward, *rest)
            Full.there = True

        def __del__(self) -> None:
            Full.there = False

        def replay(self, x0: Tensor, labels: Tensor | None) -> BatchLoss:
            Full.there = False
            loss = super().replay(x0, labels)
            Full.there = True
            return loss

    plain = torch.randn

    def randn(shape: torch.Size, *, generator: Generator) -> Tensor:
        drawn = plain(shape, generator=generator)  # what has been drawn must be drawn again
        if Full.there and shape[0] == fails_at:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return drawn

    monkeypatch.setattr(gradient_graph, "GradientGraph", Full)
    monkeypatch.setattr(torch, "randn", randn)
    with pytest.warns(RuntimeWarning, match="no memory for the recording"):
        got = trained(True, sizes)
    assert got[0] == wanted[0]
    assert torch.equal(got[1], wanted[1])
    assert got[2]._graph is None
