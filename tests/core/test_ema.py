"""The averaged weights against the recursion written out in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ddpm_core.ema import averaged


def walk(decay: float, steps: int) -> tuple[nn.Linear, nn.Module, list[np.ndarray]]:
    """A model whose weights jump about, its average, and all the weights it had."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    average, history = averaged(model, decay), []
    for _ in range(steps):
        with torch.no_grad():
            model.weight.normal_()
        average.update_parameters(model)
        history.append(model.weight.detach().double().numpy().copy())
    return model, average, history


@pytest.mark.parametrize("decay", [0.5, 0.9, 0.999])
@pytest.mark.parametrize("steps", [1, 2, 40])
def test_it_follows_with_its_decay_and_faster_at_first(decay: float, steps: int) -> None:
    _, average, history = walk(decay, steps)
    wanted = history[0]
    for n, weight in enumerate(history[1:], start=1):
        d = min(decay, (1 + n) / (10 + n))
        wanted = d * wanted + (1 - d) * weight
    np.testing.assert_allclose(average.module.weight.detach(), wanted, atol=1e-5)


def test_decay_0_is_the_model_itself() -> None:
    model, average, _ = walk(0.0, 5)
    assert torch.equal(average.module.weight, model.weight)
    assert average.module.weight.data_ptr() != model.weight.data_ptr()


def test_it_continues_from_its_state() -> None:
    model, average, _ = walk(0.9, 20)
    again = averaged(nn.Linear(3, 2), 0.9)
    again.load_state_dict(average.state_dict())
    with torch.no_grad():
        model.weight.normal_()
    for one in (average, again):
        one.update_parameters(model)
    assert torch.equal(again.module.weight, average.module.weight)
    assert not again.module.training
