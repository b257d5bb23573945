"""From a network to a Predict: guidance, clipping, labels, and one generator per picture."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from ddpm_core.config import SampleConfig, ScheduleConfig
from ddpm_core.network.unet import UNet
from ddpm_core.noise import PictureNoise
from ddpm_core.prediction import training_target
from ddpm_core.sampler import picture_labels, predictor, sample_pictures
from ddpm_core.schedule import NoiseSchedule
from tests.support.toys import TINY_UNET, normal

LINEAR = NoiseSchedule(ScheduleConfig(kind="linear"))


class Answers(nn.Module):
    """A network whose eps is `eps[label]` everywhere, told in its own kind; it counts how many pictures it is shown."""

    num_classes = 2

    def __init__(self, kind: str, eps: tuple[float, float, float]) -> None:
        super().__init__()
        self.kind, self.eps, self.pictures = kind, torch.tensor(eps, dtype=torch.float64), 0

    def forward(self, xt: Tensor, t: Tensor, label: Tensor | None) -> Tensor:
        self.pictures += len(xt)
        label = torch.full_like(t, 2) if label is None else label
        eps = self.eps[label][:, None, None, None].expand_as(xt)
        a, b = LINEAR.sqrt_alphas_cumprod[int(t[0])], LINEAR.sqrt_one_minus_alphas_cumprod[int(t[0])]
        return training_target(LINEAR, self.kind, (xt - b * eps) / a, eps, t)


@pytest.mark.parametrize("kind", ["eps", "x0", "v"])
def test_guidance_means_the_same_in_every_kind(kind: str) -> None:
    model, labels = Answers(kind, (0.7, -0.4, 0.1)), torch.tensor([0, 1])
    for scale in (0.0, 1.0, 2.5):
        _, eps_hat = predictor(model, LINEAR, kind, labels, scale, clip_x0_hat=False)(normal(0), 300)
        for k, conditional in enumerate((0.7, -0.4)):
            wanted = 0.1 + scale * (conditional - 0.1)
            assert float((eps_hat[k] - wanted).abs().max()) <= 1e-10, (scale, conditional)


def test_guidance_scale_1_asks_the_conditional_network_only() -> None:
    model, labels = Answers("eps", (0.7, -0.4, 0.1)), torch.tensor([0, 1])
    predictor(model, LINEAR, "eps", labels, 1.0)(normal(0), 300)
    assert model.pictures == 2
    predictor(model, LINEAR, "eps", labels, 2.0)(normal(0), 300)
    assert model.pictures == 6


def test_guided_predictions_are_clipped_afterwards() -> None:
    model = Answers("eps", (30.0, -30.0, 0.0))
    x0_hat, eps_hat = predictor(model, LINEAR, "eps", torch.tensor([0, 1]), 5.0)(normal(0), 300)
    assert float(x0_hat.abs().max()) == 1
    a, b = LINEAR.sqrt_alphas_cumprod[300], LINEAR.sqrt_one_minus_alphas_cumprod[300]
    torch.testing.assert_close(a * x0_hat + b * eps_hat, normal(0), rtol=0, atol=1e-12)


def test_guidance_needs_classes() -> None:
    with pytest.raises(ValueError, match=r"guidance_scale is 2.0; allowed for a network without classes: 1"):
        predictor(UNet(TINY_UNET, 1), LINEAR, "eps", None, 2.0)


# Labels and seeds


def test_labels_are_repeated_over_the_pictures() -> None:
    assert picture_labels(SampleConfig(num_pictures=5), 3) == [0, 1, 2, 0, 1]
    assert picture_labels(SampleConfig(num_pictures=3, labels=(2, -1)), 3) == [2, -1, 2]
    assert picture_labels(SampleConfig(num_pictures=9), 3, first=4, num=3) == [1, 2, 0]
    assert picture_labels(SampleConfig(num_pictures=2), 0) == [-1, -1]


@pytest.mark.parametrize(("num_classes", "allowed"), [(3, "0 to 2, or -1 for none"), (0, "none: the network knows no")])
def test_an_unknown_class_is_refused(num_classes: int, allowed: str) -> None:
    with pytest.raises(ValueError, match=rf"labels is \(3,\); allowed: {allowed}"):
        picture_labels(SampleConfig(labels=(3,)), num_classes)


def test_noise_of_a_picture_does_not_depend_on_its_batch() -> None:
    whole, part = PictureNoise(3, 8), PictureNoise(3, 2, first=5)
    for _ in range(3):  # also at later draws
        assert torch.equal(whole.draw((1, 4, 4))[5:7], part.draw((1, 4, 4)))
    many = PictureNoise(0, 500).draw((200,))
    assert float(many.mean()) == pytest.approx(0, abs=4 / math.sqrt(100_000))
    assert float(many.std()) == pytest.approx(1, abs=4 / math.sqrt(200_000))
    assert float(torch.corrcoef(many).fill_diagonal_(0).abs().max()) < 6 / math.sqrt(200)  # of 124,750 pairs
    assert not torch.equal(PictureNoise(0, 2).draw((9,))[1], PictureNoise(1, 1).draw((9,))[0])


@pytest.mark.parametrize("name", ["ddpm", "ddim", "dpmpp_2m"])
def test_picture_k_of_a_seed_does_not_depend_on_the_batch(name: str) -> None:
    torch.manual_seed(0)
    model = UNet(TINY_UNET, 1, num_classes=3).eval()
    config = SampleConfig(sampler=name, num_sampling_steps=5, num_pictures=6, seed=3, eta=0.5, guidance_scale=1.5)

    def finished(num: int | None = None, first: int = 0) -> Tensor:
        return [*sample_pictures(model, LINEAR, "v", config, (8, 8), first=first, num=num)][-1].x0_hat

    whole = finished()
    assert whole.shape == (6, 1, 8, 8)
    torch.testing.assert_close(finished(2, first=3), whole[3:5], rtol=0, atol=1e-5)
    torch.manual_seed(99)  # the global generator has no say
    assert torch.equal(finished(), whole)
    assert not torch.equal(whole[0], whole[3])  # the same class, another picture
