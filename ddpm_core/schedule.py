"""The forward process: tables of T + 1 entries indexed by the paper's t, and the two formulas that use them."""

from __future__ import annotations

import math
from copy import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ddpm_core.config import ScheduleConfig
from ddpm_core.errors import Message, require

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Table = NDArray[np.float64]

MAX_BETA = 0.999
"""Largest beta of the kinds defined through alphas_cumprod (2102.09672, section 3.2)."""

WARN_ABOVE = 0.05
"""A larger sqrt(alphas_cumprod[T]) leaves a visible trace of the picture in x_T (2305.08891, section 3.1, table 1)."""


class NoiseSchedule:
    """Float64 tables of the forward process.

    Index t is the paper's t; index 0 is the clean picture: betas 0, alphas 1, alphas_cumprod 1, posterior_variance 0,
    snr, log_snr and half_log_snr inf, sigma 0. Raises ValueError for a config whose alphas_cumprod does not fall at
    every t.
    """

    def __init__(self, config: ScheduleConfig) -> None:
        self.config = config
        self.num_timesteps = config.num_timesteps
        with np.errstate(all="ignore"):  # what comes of it is checked below
            betas = _BETAS[config.kind](config)
            if config.zero_terminal_snr:
                betas = _rescale_to_zero_terminal_snr(betas)
        self.betas: Table = np.concatenate([[0.0], betas])
        self.alphas: Table = 1.0 - self.betas
        self.alphas_cumprod: Table = np.cumprod(self.alphas, dtype=np.float64)
        # A beta of 0, or an alphas_cumprod of 0 before T, would put NaN into the tables below.
        falls = bool((np.diff(self.alphas_cumprod) < 0).all())
        require(falls, "schedule", config, Message("allowed.falling"))
        self.sqrt_alphas_cumprod: Table = np.sqrt(self.alphas_cumprod)
        self.sqrt_one_minus_alphas_cumprod: Table = np.sqrt(1.0 - self.alphas_cumprod)
        with np.errstate(divide="ignore"):
            self.snr: Table = self.alphas_cumprod / (1.0 - self.alphas_cumprod)
            self.log_snr: Table = np.log(self.snr)
            """2107.00630, section 3.2, where it is -gamma(t); the natural logarithm."""
            self.half_log_snr: Table = self.log_snr / 2
            self.sigma: Table = self.sqrt_one_minus_alphas_cumprod / self.sqrt_alphas_cumprod / 2
        self.posterior_variance: Table = np.zeros_like(self.betas)
        """Variance of q(x_{t-1} | x_t, x_0), 2006.11239 eq. 7."""
        before = self.alphas_cumprod[:-1]
        self.posterior_variance[1:] = betas * (1.0 - before) / (1.0 - self.alphas_cumprod[1:])

    def on(self, device: torch.device) -> NoiseSchedule:
        """The same tables as tensors on a GPU, which would otherwise be sent them at every training step."""
        import torch

        if device.type == "cpu":
            return self
        moved = copy(self)
        tables = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        vars(moved).update({name: torch.as_tensor(value, device=device) for name, value in tables.items()})
        return moved

    def nearest_t(self, sigma: float) -> int:
        """The t whose sigma (pixels in [0, 1]) is nearest."""
        require(0 <= sigma < math.inf, "sigma", sigma, Message("allowed.finite"))
        return int(np.abs(self.sigma - sigma).argmin())

    def terminal_noise_warning(self) -> str | None:
        """What to change when x_T still shows the picture, or None."""
        left = float(self.sqrt_alphas_cumprod[-1])
        if left <= WARN_ABOVE:
            return None
        remedy = "take the cosine kind or zero_terminal_snr"
        if self.config.kind in ("linear", "quadratic"):
            remedy = f"raise num_timesteps (T = {self.num_timesteps}) or beta_T ({self.config.beta_T:g}), or {remedy}"
        return (
            f"sqrt(alphas_cumprod[T]) is {left:.2f}, above {WARN_ABOVE}: x_T still shows the picture, but sampling "
            f"starts from pure noise. To mend it, {remedy}."
        )


def q_sample(schedule: NoiseSchedule, x0: Tensor, t: Tensor, eps: Tensor) -> Tensor:
    """Noise x0 to x_t in one jump: x_t = sqrt(alphas_cumprod_t) x0 + sqrt(1 - alphas_cumprod_t) eps.

    Source: 2006.11239 eq. 4. x0, eps: (N, ...); t: (N,) integers in 0..T. Raises ValueError for other shapes or t.
    """
    require_shape("eps", eps, "x0", x0)
    a = at(schedule.sqrt_alphas_cumprod, t, x0)
    b = at(schedule.sqrt_one_minus_alphas_cumprod, t, x0)
    return a * x0 + b * eps


def q_posterior(
    schedule: NoiseSchedule, x0: Tensor, xt: Tensor, t: Tensor, t_prev: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Mean and variance of q(x_{t_prev} | x_t, x0), 2006.11239 eq. 6-7; t_prev defaults to t - 1.

    x0, xt: (N, ...); t, t_prev: (N,), t in 1..T, t_prev in 0..t-1. Any t_prev < t works, because
    q(x_t | x_{t_prev}) is Gaussian with alpha = alphas_cumprod_t / alphas_cumprod_{t_prev}.
    Raises ValueError for other shapes or t.
    """
    require_shape("xt", xt, "x0", x0)
    if t_prev is None:
        t_prev = t - 1
    if not bool((t_prev < t).all()):
        raise ValueError(f"t_prev is {t_prev.tolist()}; allowed: below t, {t.tolist()}.")
    ac, ac_prev = (at(schedule.alphas_cumprod, s, x0.double()) for s in (t, t_prev))
    alpha = ac / ac_prev
    mean_x0 = ac_prev.sqrt() * (1 - alpha) / (1 - ac)
    mean_xt = alpha.sqrt() * (1 - ac_prev) / (1 - ac)
    variance = (1 - alpha) * (1 - ac_prev) / (1 - ac)
    mean = mean_x0.to(x0.dtype) * x0 + mean_xt.to(x0.dtype) * xt
    return mean, variance.to(x0.dtype)


def at(table: Table, t: Tensor | int, like: Tensor, *, first: int = 0) -> Tensor:
    """table[t] with the dtype and device of `like`, shaped (N, 1, ...) to multiply it; a scalar for one t for all.

    Raises ValueError when t is not (N,) integers, or one, from `first` to T, or `like` not floating point.
    """
    import torch

    if not like.dtype.is_floating_point:
        raise ValueError(f"pictures have dtype {like.dtype}; allowed: floating point, scaled to [-1, 1].")
    if isinstance(t, int):
        require(first <= t < len(table), "t", t, f"{first} to {len(table) - 1}")
        return torch.tensor(table[t], dtype=like.dtype)
    if t.shape != like.shape[:1]:
        raise ValueError(f"t has shape {tuple(t.shape)}; allowed: one t per picture, ({like.shape[0]},).")
    if t.dtype.is_floating_point:
        raise ValueError(f"t has dtype {t.dtype}; allowed: integers.")
    # On a GPU a range check would wait for the device at every training step; indexing checks there.
    if t.device.type == "cpu" and t.numel() and not (first <= int(t.min()) and int(t.max()) < len(table)):
        raise ValueError(f"t reaches from {int(t.min())} to {int(t.max())}; allowed: {first} to {len(table) - 1}.")
    values = torch.as_tensor(table, device=t.device)[t].to(like.dtype)
    return values.reshape(-1, *[1] * (like.ndim - 1))


def require_shape(name: str, got: Tensor, like_name: str, like: Tensor) -> None:
    """Broadcasting would hide a missing channel or picture: ValueError unless the shapes are the same."""
    allowed = f"that of {like_name}, {tuple(like.shape)}"
    require(got.shape == like.shape, f"the shape of {name}", tuple(got.shape), allowed)


def _linear(c: ScheduleConfig) -> Table:
    """2006.11239, section 4."""
    return np.linspace(c.beta_1, c.beta_T, c.num_timesteps)


def _quadratic(c: ScheduleConfig) -> Table:
    """Linear in sqrt(beta): 2006.11239 appendix B names it, 2112.10752's code calls it linear."""
    return np.linspace(math.sqrt(c.beta_1), math.sqrt(c.beta_T), c.num_timesteps) ** 2


def _cosine(c: ScheduleConfig) -> Table:
    """2102.09672 eq. 17, beta at most 0.999 (its section 3.2)."""
    u = np.linspace(0.0, 1.0, c.num_timesteps + 1)
    return _betas_from(np.cos((u + c.cosine_s) / (1 + c.cosine_s) * math.pi / 2) ** 2)


def _sigmoid(c: ScheduleConfig) -> Table:
    """Jabri et al. 2212.11972 (the sigmoid schedule), in the form of Chen 2301.10972."""
    u = np.linspace(0.0, 1.0, c.num_timesteps + 1)
    values = 1 / (1 + np.exp(-(u * (c.sigmoid_end - c.sigmoid_start) + c.sigmoid_start) / c.sigmoid_tau))
    return _betas_from((values[-1] - values) / (values[-1] - values[0]))


def _betas_from(alphas_cumprod: Table) -> Table:
    return np.minimum(1.0 - alphas_cumprod[1:] / alphas_cumprod[:-1], MAX_BETA)


def _rescale_to_zero_terminal_snr(betas: Table) -> Table:
    """2305.08891, algorithm 1: shift and scale sqrt(alphas_cumprod) so that it ends at 0 and keeps its start."""
    root = np.sqrt(np.cumprod(1.0 - betas))
    root = (root - root[-1]) * root[0] / (root[0] - root[-1]) if len(root) > 1 else np.zeros(1)
    squared = root**2
    return 1.0 - np.concatenate([squared[:1], squared[1:] / squared[:-1]])


_BETAS = {"linear": _linear, "cosine": _cosine, "sigmoid": _sigmoid, "quadratic": _quadratic}
