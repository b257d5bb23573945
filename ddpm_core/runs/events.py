"""What a training run tells while it trains. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, field

NUM_T_BINS = 20
"""Equal parts of 1..T over which losses are averaged."""


@dataclass(frozen=True)
class TrainStep:
    """One batch: step counts from 1 over the whole run, epoch is the one being trained, seconds is training time."""

    step: int
    epoch: int
    loss: float
    learning_rate: float
    grad_norm: float
    seconds: float


@dataclass(frozen=True)
class EpochEnd:
    """One pass over the data done (epoch 0: none yet); losses on held-out pictures at fixed t and eps."""

    epoch: int
    step: int
    val_loss: float
    val_loss_ema: float
    seconds: float


@dataclass(frozen=True)
class LossByT:
    """Mean unweighted loss in each part of 1..T over the steps since the row before; NaN where no picture fell."""

    step: int
    losses: tuple[float, ...] = field(metadata={"columns": NUM_T_BINS})
