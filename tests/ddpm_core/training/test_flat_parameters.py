"""One vector of all parameters: what happens to it happens to the network, and its parts fit any layout."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ddpm_core.training.flat_parameters import FlatParameters


def network(layout: torch.memory_format) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 5, 3), nn.Conv2d(5, 4, 1), nn.Flatten(), nn.Linear(16, 7)).to(
        memory_format=layout  # type: ignore[call-overload]
    )


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_network_stays_what_it_was_and_follows_the_vector(layout: torch.memory_format) -> None:
    x, model, plain = torch.randn(2, 3, 4, 4), network(layout), network(layout)
    parameters = FlatParameters(model)
    torch.testing.assert_close(model(x), plain(x), rtol=0, atol=0)
    assert [p.stride() for p in model.parameters()] == [p.stride() for p in plain.parameters()]
    with torch.no_grad():
        parameters.vector.mul_(2)
    for ours, its in zip(model.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours, 2 * its)
    model.load_state_dict(plain.state_dict())
    total = sum(p.double().square().sum() for p in plain.parameters())
    torch.testing.assert_close(parameters.vector.double().square().sum(), total)


def test_a_step_on_the_vector_is_a_step_on_each_parameter() -> None:
    x, model, plain = torch.randn(2, 3, 4, 4), network(torch.channels_last), network(torch.channels_last)
    parameters = FlatParameters(model)
    ours, its = torch.optim.AdamW([parameters.vector], fused=True), torch.optim.AdamW(plain.parameters(), fused=True)
    for _ in range(3):
        parameters.forget_gradients()
        its.zero_grad()
        model(x).square().sum().backward()
        plain(x).square().sum().backward()
        gradient = parameters.collect_gradients()
        norm = torch.nn.utils.get_total_norm([p.grad for p in plain.parameters() if p.grad is not None])
        torch.testing.assert_close(torch.linalg.vector_norm(gradient), norm)
        ours.step()
        its.step()
    for a, b in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-7)


def test_parts_of_one_layout_join_in_another() -> None:
    ours, other = FlatParameters(network(torch.channels_last)), FlatParameters(network(torch.contiguous_format))
    assert not torch.equal(ours.vector, other.vector)
    torch.testing.assert_close(other.join(ours.split(ours.vector.detach())), other.vector.detach(), rtol=0, atol=0)
