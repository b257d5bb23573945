"""What a loss at each t is worth: that of the best predictor that knows nothing of pictures. Needs no torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ddpm_core.config import PredictionType
from ddpm_core.errors import require, require_choice
from ddpm_core.runs.events import NUM_T_BINS
from ddpm_core.runs.loss_by_t import t_bins
from ddpm_core.schedule import NoiseSchedule, Table


def linear_baseline_loss(schedule: NoiseSchedule, prediction_type: PredictionType) -> Table:
    """Mean squared error of the best linear guess w x_t at the training target, for white data of unit variance.

    Least squares on 2006.11239 eq. 4: with Var(x0) = Var(eps) = 1, x_t is a unit vector (a, b) in their plane and the
    error is the target's part across it: alphas_cumprod_t for eps, 1 - alphas_cumprod_t for x0, 1 for v.
    Returns (T + 1,). Raises ValueError for another kind.
    """
    require_choice("prediction_type", prediction_type, PredictionType)
    a, b = schedule.sqrt_alphas_cumprod, schedule.sqrt_one_minus_alphas_cumprod
    zero, one = np.zeros_like(a), np.ones_like(a)
    of_x0, of_eps = {"eps": (zero, one), "x0": (one, zero), "v": (-b, a)}[prediction_type]
    across: Table = a * of_eps - b * of_x0
    return across**2


def bin_means(table: Table) -> NDArray[np.float64]:
    """The mean of table[1..T] in each of NUM_T_BINS equal parts of 1..T; NaN where no t falls.

    table: (T + 1,) -> (NUM_T_BINS,). Raises ValueError for a table of another shape.
    """
    require(table.ndim == 1 and len(table) > 1, "the table's shape", table.shape, "(T + 1,), T at least 1")
    total = len(table) - 1
    bins = t_bins(np.arange(1, total + 1), total)
    sums, counts = np.bincount(bins, table[1:], NUM_T_BINS), np.bincount(bins, minlength=NUM_T_BINS)
    with np.errstate(invalid="ignore"):
        return np.where(counts, sums / counts, np.nan)
