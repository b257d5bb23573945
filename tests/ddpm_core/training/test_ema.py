"""The exponential moving average against the recursion written out in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ddpm_core.training.ema import EMA
from ddpm_core.training.flat_parameters import FlatParameters


def walk(decay: float, steps: int) -> tuple[nn.Linear, EMA[nn.Linear], list[np.ndarray]]:
    """A model whose weights jump about, its EMA, and all the weights it had."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    parameters, ema, history = FlatParameters(model), EMA(model, decay), []
    for _ in range(steps):
        with torch.no_grad():
            model.weight.normal_()
        ema.update(parameters)
        history.append(model.weight.detach().double().numpy().copy())
    return model, ema, history


@pytest.mark.parametrize("decay", [0.5, 0.9, 0.999])
def test_it_follows_with_its_decay_and_faster_at_first(decay: float) -> None:
    for steps in (1, 2, 40):
        _, ema, history = walk(decay, steps)
        wanted = history[0]
        for n, weight in enumerate(history[1:], start=1):
            d = min(decay, (1 + n) / (10 + n))
            wanted = d * wanted + (1 - d) * weight
        np.testing.assert_allclose(ema.module.weight.detach(), wanted, atol=1e-5, err_msg=f"{steps} steps")


def test_decay_0_is_the_model_itself() -> None:
    model, ema, _ = walk(0.0, 5)
    assert torch.equal(ema.module.weight, model.weight)
    assert ema.module.weight.data_ptr() != model.weight.data_ptr()


def test_what_is_shared_is_nothing() -> None:
    """Neither weights nor gradients: training the one does not touch the other."""
    model, ema, _ = walk(0.9, 3)
    before = ema.module.weight.clone()
    model(torch.ones(1, 3)).sum().backward()
    with torch.no_grad():
        model.weight.add_(1)
    assert torch.equal(ema.module.weight, before)
    assert not ema.module.training
    assert not any(p.requires_grad for p in ema.module.parameters())
