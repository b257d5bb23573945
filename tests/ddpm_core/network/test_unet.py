"""The network: shapes, gradients, what it is told of t and class, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from ddpm_core.config import UNetConfig
from ddpm_core.network.embedding import ConditionEmbedding, sinusoidal
from ddpm_core.network.unet import UNet
from tests.support.toys import TINY_UNET


def network(config: UNetConfig = TINY_UNET, channels: int = 3, num_classes: int = 2) -> UNet:
    torch.manual_seed(0)
    return UNet(config, channels, num_classes)


@pytest.mark.parametrize(
    ("config", "channels", "size"),
    [
        (UNetConfig(base_channels=8, channel_mults=(1,), num_groups=1), 1, (5, 7)),
        (UNetConfig(base_channels=8, channel_mults=(2, 4), num_groups=4), 3, (6, 10)),
        (UNetConfig(base_channels=6, channel_mults=(3, 1, 2), num_groups=3, num_res_blocks=3), 2, (8, 4)),
        (UNetConfig(base_channels=4, channel_mults=(1, 1, 2, 2, 3), num_groups=2, attention=True), 3, (16, 32)),
        (UNetConfig(base_channels=8, channel_mults=(1, 2), num_groups=4, patch_size=2, attention=True), 1, (28, 28)),
        (UNetConfig(base_channels=8, channel_mults=(2, 3), num_groups=8, patch_size=4), 3, (8, 24)),
    ],
)
@pytest.mark.parametrize("num_classes", [0, 3])
def test_shapes_and_gradients(config: UNetConfig, channels: int, size: tuple[int, int], num_classes: int) -> None:
    """The picture's shape comes out, and every parameter has its part in it."""
    model = network(config, channels, num_classes)
    xt, t = torch.randn(4, channels, *size), torch.tensor([1, 2, 500, 1000])
    out = model(xt, t, torch.tensor([0, 1, 2, 3]) if num_classes else None)
    assert out.shape == xt.shape
    out.square().mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.isfinite().all()), name
        assert float(parameter.grad.abs().max()) > 0, name
        if name == "condition.label.weight":  # each class, and the null label
            assert bool((parameter.grad.abs().sum(1) > 0).all())


def test_a_network_without_time() -> None:
    model = network(replace(TINY_UNET, time_conditioned=False), num_classes=0)
    out = model(torch.randn(2, 3, 8, 8))
    out.mean().backward()
    assert all(p.grad is not None for p in model.parameters())
    for wrong in ({"t": torch.tensor([1, 1])}, {"label": torch.tensor([0, 0])}):
        with pytest.raises(ValueError, match="t or label is 'given'; allowed: None"):
            model(torch.randn(2, 3, 8, 8), **wrong)


def test_t_and_class_matter_and_no_label_is_the_null_label() -> None:
    model, xt = network(num_classes=2).eval(), torch.randn(1, 3, 8, 8)

    def out(t: int, label: int | None) -> Tensor:
        return model(xt, torch.tensor([t]), None if label is None else torch.tensor([label]))

    assert torch.equal(out(5, None), out(5, 2))
    answers = [out(5, 0), out(5, 1), out(5, 2), out(6, 0), out(1000, 0)]
    for i, one in enumerate(answers):
        for other in answers[:i]:
            assert float((one - other).detach().abs().max()) > 1e-6


def test_a_picture_is_not_told_of_its_neighbours() -> None:
    model, xt, t = network().eval(), torch.randn(5, 3, 8, 8), torch.tensor([1, 9, 50, 400, 1000])
    alone = torch.cat([model(xt[k : k + 1], t[k : k + 1]) for k in range(5)])
    torch.testing.assert_close(model(xt, t), alone, rtol=0, atol=1e-5)


def test_sinusoids_are_cosines_then_sines_of_falling_frequencies() -> None:
    t, half = np.array([0, 1, 37, 999]), 16
    angles = t[:, None] * 10_000.0 ** (-np.arange(half) / half)
    wanted = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_allclose(sinusoidal(torch.from_numpy(t), 2 * half), wanted, atol=1e-4)  # float32 angles up to 999


def test_sinusoids_are_those_of_diffusers() -> None:
    embeddings = pytest.importorskip("diffusers.models.embeddings")
    t = torch.arange(1000)
    theirs = embeddings.get_timestep_embedding(t, 32, flip_sin_to_cos=True, downscale_freq_shift=0)
    torch.testing.assert_close(sinusoidal(t, 32), theirs, rtol=0, atol=2e-4)


def test_t_is_embedded_as_index_t_minus_1() -> None:
    condition, t = ConditionEmbedding(8, 0), torch.tensor([1, 2, 1000])
    torch.testing.assert_close(condition(t, None), condition.mlp(sinusoidal(torch.tensor([0, 1, 999]), 8)))
    assert sinusoidal(torch.tensor([0]), 8).tolist() == [[1] * 4 + [0] * 4]  # what t = 1 sees


X, T = torch.zeros(2, 3, 8, 8), torch.tensor([1, 2])


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda m: m(X[:, :1], T), r"shape of xt is \(2, 1, 8, 8\); allowed: \(N, 3, H, W\) with .* multiples of 2"),
        (lambda m: m(X[..., :7], T), r"shape of xt is \(2, 3, 8, 7\)"),
        (lambda m: m(X[0], T), r"shape of xt is \(3, 8, 8\)"),
        (lambda m: m(X, None), r"t is None; allowed: \(2,\), one per picture"),
        (lambda m: m(X, T[:1]), r"shape of t is \(1,\); allowed: \(2,\), one per picture"),
        (lambda m: m(X, T - 1), r"t is \(0, 1\); allowed: at least 1"),
        (lambda m: m(X, T / 2), "dtype of t is torch.float32; allowed: integers"),
        (lambda m: m(X, T, T[:1]), r"shape of label is \(1,\)"),
        (lambda m: m(X, T, T + 1), r"label is \(2, 3\); allowed: 0 to 2"),
        (lambda m: m(X, T, T - 2), r"label is \(-1, 0\); allowed: 0 to 2"),
        (lambda _: network(num_classes=0)(X, T, T), "label is 'given'; allowed: None for a network without classes"),
    ],
)
def test_wrong_input_is_named(call: Callable[[UNet], object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call(network())
