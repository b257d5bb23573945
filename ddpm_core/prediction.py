"""What the network predicts: eps, x0 or v, and the way back from each to both x0_hat and eps_hat."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ddpm_core.config import PredictionType
from ddpm_core.errors import require_choice
from ddpm_core.schedule import NoiseSchedule, at, require_shape


class Prediction(NamedTuple):
    """One prediction in its two readings; x_t = sqrt(alphas_cumprod) x0_hat + sqrt(1 - alphas_cumprod) eps_hat."""

    x0_hat: Tensor
    eps_hat: Tensor


def training_target(schedule: NoiseSchedule, kind: PredictionType, x0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
    """What the network is trained to output for x_t: eps, x0, or v = sqrt(ac) eps - sqrt(1 - ac) x0.

    Source: 2006.11239 eq. 14 (eps), 2202.00512 section 4 (x0, v). x0, eps: (N, ...); t: (N,). Raises ValueError for
    another kind or other shapes.
    """
    require_choice("prediction_type", kind, PredictionType)
    require_shape("eps", eps, "x0", x0)
    if kind == "eps":
        return eps
    if kind == "x0":
        return x0
    a, b = at(schedule.sqrt_alphas_cumprod, t, x0), at(schedule.sqrt_one_minus_alphas_cumprod, t, x0)
    return a * eps - b * x0


def read_prediction(
    schedule: NoiseSchedule, kind: PredictionType, output: Tensor, xt: Tensor, t: Tensor | int, *, clip: bool = False
) -> Prediction:
    """Turn a network output into (x0_hat, eps_hat), for t >= 1, (N,) or one for all.

    Source: 2006.11239 eq. 15, 2202.00512 appendix D. With clip, x0_hat is clipped to [-1, 1] and eps_hat is derived
    again from it, so that both still describe the same x_t. Raises ValueError for eps where alphas_cumprod is 0, for
    t = 0, another kind or other shapes.
    """
    require_choice("prediction_type", kind, PredictionType)
    require_shape("output", output, "xt", xt)
    a = at(schedule.sqrt_alphas_cumprod, t, xt, first=1)
    b = at(schedule.sqrt_one_minus_alphas_cumprod, t, xt, first=1)
    if kind == "eps":
        if schedule.alphas_cumprod[-1] == 0 and bool((a == 0).any()):
            raise ValueError("prediction_type is 'eps' at a t with alphas_cumprod 0; allowed there: 'v' or 'x0'.")
        x0_hat = (xt - b * output) / a
    else:
        x0_hat = output if kind == "x0" else a * xt - b * output
    if clip:
        x0_hat = x0_hat.clamp(-1, 1)
    elif kind == "eps":
        return Prediction(x0_hat, output)
    elif kind == "v":
        return Prediction(x0_hat, b * xt + a * output)
    return Prediction(x0_hat, (xt - a * x0_hat) / b)


def per_picture_loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of each picture, (N,): the loss whose mean is loss_simple (2006.11239 eq. 14)."""
    require_shape("output", output, "target", target)
    return (output.float() - target.float()).square().flatten(1).mean(1)


def clipped_output(kind: PredictionType, output: Tensor, target: Tensor, x0: Tensor) -> Tensor:
    """The network's output, but the target itself where x0 is -1 or 1 and x0_hat lies beyond: clipped, it is x0.

    Ours. The best answer stays the mean of x0 given x_t; a flat ground no longer has to be hit to the last digit,
    which is what leaves faint noise in it. x0_hat rises with an output of x0, and falls as eps or v rise.
    """
    off = output.detach() - target
    off = off if kind == "x0" else -off  # of the sign of x0_hat - x0
    beyond = torch.where(x0 <= -1, off < 0, (x0 >= 1) & (off > 0))
    return torch.where(beyond, target, output)


def min_snr_weights(schedule: NoiseSchedule, kind: PredictionType, gamma: float, t: Tensor) -> Tensor:
    """Min-SNR-gamma: the weight of each picture's loss, (N,).

    Source: 2303.09556 sections 3.4 and 4.2: min(snr, gamma) for x0, divided by snr for eps, by snr + 1 for v.
    """
    snr = torch.as_tensor(schedule.snr, device=t.device)[t]
    clipped = snr.clamp(max=gamma)
    divisor = {"x0": torch.ones_like(snr), "eps": snr, "v": snr + 1}[kind]
    return (clipped / divisor).float()
