"""How well the network does at each t while it trains: loss_by_t.csv, read without torch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import NUM_T_BINS, LossByT
from ddpm_core.runs.folder import RunFolder

NUM_ROWS = 200
"""About how many rows a whole run has."""


def t_bins(t: Any, num_timesteps: int) -> Any:
    """Which of NUM_T_BINS equal parts of 1..T each t lies in, from 0; t: integers, a tensor or an array."""
    return (t * NUM_T_BINS - 1) // num_timesteps


def window_steps(total_steps: int) -> int:
    """Steps that one row averages."""
    return max(1, round(total_steps / NUM_ROWS))


def read_loss_by_t(run: RunFolder) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The last step of each row, (R,), and its mean losses, (R, NUM_T_BINS), NaN where no picture had such a t.

    Column k averages t from k T / NUM_T_BINS (excluded) to (k + 1) T / NUM_T_BINS. No rows for a one-step denoiser.
    """
    rows = CsvLog(run.loss_by_t, LossByT).rows()
    losses = np.array([row.losses for row in rows], np.float64).reshape(-1, NUM_T_BINS)
    return np.array([row.step for row in rows], np.int64), losses
