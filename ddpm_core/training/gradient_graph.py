"""Loss and gradients of a batch as one recorded CUDA graph: a small network's kernels are shorter than their launch."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from ddpm_core.training.objective import BatchLoss

Backward = Callable[[Tensor, Tensor | None, Generator], BatchLoss]
"""Clears the gradients, computes the loss of a batch and its gradients."""

WARM_UP_STEPS = 3
"""Before recording, so that libraries have chosen their kernels and allocated their workspaces."""


class GradientGraph:
    """A recording of `backward` at one batch size, replayed on other pictures with the generator's next numbers."""

    def __init__(
        self, backward: Backward, model: nn.Module, x0: Tensor, labels: Tensor | None, generator: Generator
    ) -> None:
        self.shape, self._x0, self._labels = x0.shape, x0.clone(), None if labels is None else labels.clone()
        scratch, stream = Generator(x0.device), torch.cuda.Stream()  # type: ignore[no-untyped-call]
        usual = torch.cuda.current_stream()
        stream.wait_stream(usual)
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_STEPS):
                backward(self._x0, self._labels, scratch)
        usual.wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        self._graph.register_generator_state(generator)
        try:
            with torch.cuda.graph(self._graph):
                self._loss = backward(self._x0, self._labels, generator)
        finally:
            torch.cuda.set_stream(usual)  # a recording that fails leaves its own behind
        self._gradients = [(parameter, parameter.grad) for parameter in model.parameters()]

    def replay(self, x0: Tensor, labels: Tensor | None) -> BatchLoss:
        """What `backward` would do, in one launch. The tensors returned are overwritten by the next replay."""
        self._x0.copy_(x0)
        if self._labels is not None and labels is not None:
            self._labels.copy_(labels)
        self._graph.replay()
        for parameter, gradient in self._gradients:
            parameter.grad = gradient  # a batch of another size has put its own there
        return self._loss


class Gradients:
    """`backward`, recorded where there is a GPU and for as long as the recording does the same."""

    def __init__(self, backward: Backward, model: nn.Module, recording: bool) -> None:
        self._backward, self._model, self._recording = backward, model, recording
        self._graph: GradientGraph | None = None
        self._checked = False

    def __call__(self, x0: Tensor, labels: Tensor | None, generator: Generator) -> BatchLoss:
        if not self._recording:
            return self._backward(x0, labels, generator)
        if self._graph is None:
            return self._record(x0, labels, generator)
        if x0.shape != self._graph.shape:
            return self._plainly(x0, labels, generator)
        if not self._checked:
            self._check(x0, labels, generator)
        return self._graph.replay(x0, labels) if self._graph else self._backward(x0, labels, generator)

    def _record(self, x0: Tensor, labels: Tensor | None, generator: Generator) -> BatchLoss:
        """Record, then train on this batch the plain way: the first replay meets weights the recording has not seen."""
        try:
            self._graph = GradientGraph(self._backward, self._model, x0, labels, generator)
        except RuntimeError as error:
            self._give_up(str(error))
        return self._plainly(x0, labels, generator)

    def _plainly(self, x0: Tensor, labels: Tensor | None, generator: Generator) -> BatchLoss:
        """Without the recording; it holds as much memory as a step, and goes where there is not enough for both."""
        if self._graph is None:
            return self._backward(x0, labels, generator)
        state = generator.get_state()
        try:
            return self._backward(x0, labels, generator)
        except torch.OutOfMemoryError:
            self._give_up("there is no memory for the recording beside a step of another size")
        # Only now: while the error was being handled, its traceback held the tensors.
        torch.cuda.empty_cache()
        generator.set_state(state)
        return self._backward(x0, labels, generator)

    def _check(self, x0: Tensor, labels: Tensor | None, generator: Generator) -> None:
        """Once, before the first replay counts: the same batch and random numbers must give the same gradients."""
        state = generator.get_state()
        wanted = self._plainly(x0, labels, generator).mean.clone(), self._norm()
        generator.set_state(state)
        if self._graph is None:
            return
        got = self._graph.replay(x0, labels).mean.clone(), self._norm()
        generator.set_state(state)
        self._checked = True
        if not all(torch.allclose(a, b, rtol=0.02) for a, b in zip(got, wanted, strict=True)):
            self._give_up(f"loss and gradient norm are {got} where {wanted} are right")

    def _norm(self) -> Tensor:
        gradients = [p.grad for p in self._model.parameters() if p.grad is not None]
        return torch.nn.utils.get_total_norm(gradients)

    def _give_up(self, why: str) -> None:
        self._recording, self._graph = False, None
        warnings.warn(f"Training without a CUDA graph, more slowly: {why}", RuntimeWarning, stacklevel=2)
