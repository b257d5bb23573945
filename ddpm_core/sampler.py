"""The reverse process: DDPM, DDIM and DPM-Solver++ as generators over explicit pairs (t, t_prev)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from ddpm_core.config import PredictionType, SampleConfig, Spacing
from ddpm_core.errors import Message, require, require_between
from ddpm_core.network.base import Network
from ddpm_core.noise import PictureNoise
from ddpm_core.prediction import Prediction, read_prediction
from ddpm_core.schedule import NoiseSchedule, q_posterior, q_sample

Predict = Callable[[Tensor, int], Prediction]
"""x_t (N, C, H, W) and t -> x0_hat and eps_hat."""

Draw = Callable[[], Tensor]
"""The next standard normal noise, shaped like x_t."""


@dataclass(frozen=True)
class SampleStep:
    """One step of the reverse process, from t to t_prev.

    xt is the picture at t, x0_hat and eps_hat what is predicted from it: xt = sqrt(ac_t) x0_hat + sqrt(1 - ac_t)
    eps_hat. Step i = n - 1 goes to t_prev = 0; its x0_hat is the finished picture.
    """

    i: int
    n: int
    t: int
    t_prev: int
    xt: Tensor
    x0_hat: Tensor
    eps_hat: Tensor


def timesteps(num_timesteps: int, num_sampling_steps: int, spacing: Spacing) -> list[int]:
    """The t that a sampler visits, falling, all within 1..T; any number of steps, also one that does not divide T.

    Source: leading, linspace and trailing as in table 2 of 2305.08891 (leading always n steps, spread over all of
    1..T); quadratic as in 2010.02502 appendix D.2. Raises ValueError unless 1 <= num_sampling_steps <= T.
    """
    big_t, n = num_timesteps, num_sampling_steps
    require(1 <= n <= big_t, "num_sampling_steps", n, Message("allowed.range", low=1, high=f"T = {big_t}"))
    i = np.arange(n)
    if spacing == "leading":
        rising = i * big_t // n + 1
    elif spacing == "trailing":
        rising = big_t - np.round((n - 1 - i) * big_t / n).astype(int)
    else:
        u = i / (n - 1) if n > 1 else np.ones(1)
        power = 2 if spacing == "quadratic" else 1
        # Squares crowd near 0; step i + 1 is the least that leaves a place for each earlier step.
        rising = np.maximum(np.round(1 + (big_t - 1) * u**power).astype(int), i + 1)
    return [int(t) for t in rising[::-1]]


def sample(
    predict: Predict,
    schedule: NoiseSchedule,
    config: SampleConfig,
    xt: Tensor,
    draw: Draw,
    *,
    t_start: int | None = None,
) -> Iterator[SampleStep]:
    """Walk from x_t at t_start (default T) to t = 0.

    Source: 2006.11239 algorithm 2 (ddpm), 2010.02502 eq. 12 (ddim), 2211.01095 algorithm 2 (dpmpp_2m).
    xt: (N, C, H, W). Raises ValueError for more steps than timesteps.
    """
    t_start = schedule.num_timesteps if t_start is None else t_start
    require_between("t_start", t_start, 1, schedule.num_timesteps)
    walk = [*timesteps(t_start, config.num_sampling_steps, config.spacing), 0]
    before: tuple[int, Tensor] | None = None
    for i, (t, t_prev) in enumerate(pairwise(walk)):
        x0_hat, eps_hat = predict(xt, t)
        yield SampleStep(i, config.num_sampling_steps, t, t_prev, xt, x0_hat, eps_hat)
        if config.sampler == "ddpm":
            xt = ddpm_step(schedule, config.variance_type, t, t_prev, xt, x0_hat, draw)
        elif config.sampler == "ddim":
            xt = ddim_step(schedule, config.eta, t, t_prev, x0_hat, eps_hat, draw)
        else:
            xt = dpmpp_2m_step(schedule, t, t_prev, xt, x0_hat, before)
        before = (t, x0_hat)


def ddpm_step(
    schedule: NoiseSchedule, variance_type: str, t: int, t_prev: int, xt: Tensor, x0_hat: Tensor, draw: Draw
) -> Tensor:
    """x_{t_prev} ~ q(x_{t_prev} | x_t, x0_hat), 2006.11239 section 3.2, eq. 7 and algorithm 2; no noise into t = 0.

    fixed_small takes the posterior's variance, fixed_large that of q(x_t | x_{t_prev}), beta_t for single steps.
    """
    n, device = len(xt), xt.device
    ts, ts_prev = torch.full((n,), t, device=device), torch.full((n,), t_prev, device=device)
    mean, variance = q_posterior(schedule, x0_hat, xt, ts, ts_prev)
    if t_prev == 0:
        return mean
    if variance_type == "fixed_large":
        return mean + math.sqrt(1 - _at(schedule, t) / _at(schedule, t_prev)) * draw()
    return mean + variance.sqrt() * draw()


def ddim_step(
    schedule: NoiseSchedule, eta: float, t: int, t_prev: int, x0_hat: Tensor, eps_hat: Tensor, draw: Draw
) -> Tensor:
    """2010.02502 eq. 12 and 16: deterministic at eta 0, DDPM's posterior at eta 1."""
    ac, ac_prev = _at(schedule, t), _at(schedule, t_prev)
    variance = eta**2 * (1 - ac_prev) / (1 - ac) * (1 - ac / ac_prev)
    mean = math.sqrt(ac_prev) * x0_hat + math.sqrt(max(1 - ac_prev - variance, 0.0)) * eps_hat
    return mean + math.sqrt(variance) * draw() if variance > 0 else mean


def dpmpp_2m_step(
    schedule: NoiseSchedule, t: int, t_prev: int, xt: Tensor, x0_hat: Tensor, before: tuple[int, Tensor] | None
) -> Tensor:
    """2211.01095 algorithm 2 (data prediction, two steps); first and last step are first order, that is DDIM.

    before: the previous step's t and x0_hat. lambda_t = log(sqrt(ac_t) / sqrt(1 - ac_t)) = half_log_snr_t.
    """
    ac, ac_prev = _at(schedule, t), _at(schedule, t_prev)
    data = x0_hat
    if before is not None and t_prev > 0:
        t_before, x0_before = before
        lam_before, lam, lam_next = (float(schedule.half_log_snr[s]) for s in (t_before, t, t_prev))
        weight = (lam_next - lam) / (lam - lam_before) / 2  # 1 / (2 r)
        data = (1 + weight) * x0_hat - weight * x0_before
    ratio = math.sqrt((1 - ac_prev) / (1 - ac))
    return ratio * xt + (math.sqrt(ac_prev) - ratio * math.sqrt(ac)) * data


def predictor(
    model: Network,
    schedule: NoiseSchedule,
    kind: PredictionType,
    labels: Tensor | None,
    guidance_scale: float = 1.0,
    clip_x0_hat: bool = True,
) -> Predict:
    """The network as a Predict: with classifier-free guidance, then clipped.

    Source: 2207.12598 eq. 6, written eps_u + s (eps_c - eps_u) so that s = 1 is off. eps, x0 and v are affine in each
    other at one x_t, so the network's output is guided, whichever it is. labels: (N,), null_label included.
    """
    if guidance_scale != 1 and not model.num_classes:
        raise ValueError(Message("config.no_guidance", scale=guidance_scale))

    @torch.inference_mode()
    def predict(xt: Tensor, t: int) -> Prediction:
        ts = torch.full((len(xt),), t, device=xt.device)
        if guidance_scale == 1 or labels is None:
            output = model(xt, ts, labels)
        else:
            null = torch.full_like(labels, model.num_classes)
            both = model(torch.cat([xt, xt]), torch.cat([ts, ts]), torch.cat([null, labels]))
            unconditional, conditional = both.chunk(2)
            output = unconditional + guidance_scale * (conditional - unconditional)
        return read_prediction(schedule, kind, output, xt, t, clip=clip_x0_hat)

    return predict


def picture_labels(config: SampleConfig, num_classes: int, first: int = 0, num: int | None = None) -> list[int]:
    """The class of each picture asked for, -1 for none. Raises ValueError for a class the network does not know."""
    known = Message("allowed.range_or_none", low=0, high=num_classes - 1)
    allowed = known if num_classes else Message("allowed.no_classes")
    require(all(label < num_classes for label in config.labels), "labels", config.labels, allowed)
    asked = config.labels or tuple(range(num_classes)) or (-1,)
    num = config.num_pictures if num is None else num
    return [asked[k % len(asked)] for k in range(first, first + num)]


def sample_pictures(
    model: Network,
    schedule: NoiseSchedule,
    kind: PredictionType,
    config: SampleConfig,
    size: tuple[int, int],
    *,
    first: int = 0,
    num: int | None = None,
    start: Tensor | None = None,
    t_start: int | None = None,
) -> Iterator[SampleStep]:
    """Sample pictures first..first + num - 1 of a request; see `sample` for what is yielded.

    From pure noise at t_start (default T), or from start, x0 (C, H, W) or (N, C, H, W) in [-1, 1], noised to t_start.
    """
    num = config.num_pictures - first if num is None else num
    device = next(model.parameters()).device
    noise = PictureNoise(config.seed, num, first=first)
    shape = (model.in_channels, *size)

    def draw() -> Tensor:
        return noise.draw(shape).to(device)

    asked = picture_labels(config, model.num_classes, first, num)
    labels = None
    if model.num_classes:
        labels = torch.tensor([model.num_classes if label < 0 else label for label in asked], device=device)
    predict = predictor(model, schedule, kind, labels, config.guidance_scale, config.clip_x0_hat)
    t_start = schedule.num_timesteps if t_start is None else t_start
    xt = draw() if start is None else noised_start(schedule, start.to(device), t_start, draw())
    yield from sample(predict, schedule, config, xt, draw, t_start=t_start)


def noised_start(schedule: NoiseSchedule, x0: Tensor, t_start: int, eps: Tensor) -> Tensor:
    """SDEdit: a given picture noised in one jump to t_start, to be denoised from there.

    Source: 2108.01073 algorithm 2 (the variance-preserving form), with 2006.11239 eq. 4 as the jump.
    x0: (C, H, W), the same for all, or (N, C, H, W); eps: (N, C, H, W). Raises ValueError for other shapes.
    """
    fits = x0.shape in (eps.shape, eps.shape[1:])
    require(fits, "start's shape", tuple(x0.shape), f"{tuple(eps.shape[1:])}, or that for each of {len(eps)} pictures")
    require_between("t_start", t_start, 1, schedule.num_timesteps)
    return q_sample(schedule, x0.expand_as(eps), torch.full((len(eps),), t_start, device=eps.device), eps)


def _at(schedule: NoiseSchedule, t: int) -> float:
    return float(schedule.alphas_cumprod[t])
