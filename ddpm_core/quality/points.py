"""How far samples of points are from real ones: no classifier, no features, the plane itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ddpm_core.errors import Message, require
from ddpm_core.quality.report import Measure

NUM_DIRECTIONS = 64
"""Evenly spread over half a turn; the other half would see the same."""


def sliced_wasserstein(a: Tensor, b: Tensor) -> float:
    """Sliced 1-Wasserstein distance: how far mass must be moved, seen along each direction, on average.

    Source: Rabin et al. 2011, "Wasserstein barycenter and its application to texture mixing", section 2. Along a line
    the optimal plan joins sorted points. a, b: (N, 2, ...), as many of each; in the data's own units. Raises
    ValueError otherwise.
    """
    a, b = a.flatten(1).double(), b.flatten(1).double()
    fits = a.shape == b.shape and a.shape[1] == 2 and len(a) > 0
    require(fits, "the shapes of two clouds", (tuple(a.shape), tuple(b.shape)), "twice (N, 2)")
    angles = torch.arange(NUM_DIRECTIONS, dtype=torch.float64) * (np.pi / NUM_DIRECTIONS)
    directions = torch.stack([angles.cos(), angles.sin()])
    along_a, along_b = (a @ directions).sort(dim=0).values, (b @ directions).sort(dim=0).values
    return float((along_a - along_b).abs().mean())


def within_classes(samples: Tensor, asked: Tensor, real: Tensor, labels: Tensor) -> float:
    """sliced_wasserstein of each class's samples to its real points, averaged over the classes; 0 is best.

    A sample of the wrong class is far from the points it should lie among. asked, labels: (N,). Of each class as many
    are compared as both sides have. Raises ValueError for a class that one side lacks.
    """
    distances = []
    for label in sorted(set(labels.tolist())):
        ours, theirs = samples[asked == label], real[labels == label]
        num = min(len(ours), len(theirs))
        require(num > 0, Message("what.num_samples", label=label), num, Message("allowed.more_samples"))
        distances.append(sliced_wasserstein(ours[:num], theirs[:num]))
    return float(np.mean(distances))


def compare_clouds(samples: Tensor, real: Tensor, others: Tensor, asked: Tensor, labels: Tensor) -> dict[str, Any]:
    """The fields of QualityReport: both distances of samples, and of `others`, which are real points too, to `real`.

    Each (N, 2, 1, 1); asked: classes of the samples, -1 for none; labels: of `real`, then of `others`, (2 N,).
    """
    of_real, of_others = labels.chunk(2)
    measures = {"sliced_wasserstein": Measure(sliced_wasserstein(samples, real), sliced_wasserstein(others, real))}
    if bool((asked >= 0).all()):
        ours = within_classes(samples, asked, real, of_real)
        measures["sliced_wasserstein_by_class"] = Measure(ours, within_classes(others, of_others, real, of_real))
    return measures
