"""Distances between two sets of feature vectors or pictures, in float64."""

from __future__ import annotations

import torch
from torch import Tensor

from ddpm_core.errors import require

NEIGHBOURS = 3
"""k of precision and recall, as in 1904.06991 section 3.1."""


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Fréchet distance of Gaussians fitted to two sets of features (1706.08500 eq. 6).

    a, b: (N, D), as many of each, since the distance shrinks as N grows. Raises ValueError otherwise.
    """
    _check(a, b, 2)
    a, b, dim = a.double(), b.double(), a.shape[1]
    cov_a, cov_b = (torch.cov(x.T).reshape(dim, dim) for x in (a, b))
    return gaussian_frechet(a.mean(0), cov_a, b.mean(0), cov_b)


def gaussian_frechet(mean1: Tensor, cov1: Tensor, mean2: Tensor, cov2: Tensor) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), means (D,) and covariances (D, D) in float64.

    The trace of (C1 C2)^(1/2) is that of (S C2 S)^(1/2) with S = C1^(1/2): symmetric, so eigenvalues are real.
    """
    root = _symmetric_sqrt(cov1)
    middle = root @ cov2 @ root
    cross = torch.linalg.eigvalsh((middle + middle.T) / 2).clamp(min=0).sqrt().sum()
    distance = (mean1 - mean2).square().sum() + cov1.trace() + cov2.trace() - 2 * cross
    return max(float(distance), 0.0)


def precision_recall(real: Tensor, samples: Tensor, k: int = NEIGHBOURS) -> tuple[float, float]:
    """Share of samples inside the real manifold, and of real pictures inside the samples' (1904.06991 eq. 1-2).

    The manifold of a set is the union of balls around its points that reach to their k-th neighbour in the set.
    real, samples: (N, D), as many of each, N > k. Raises ValueError otherwise.
    """
    _check(real, samples, k + 1)
    real, samples = real.double(), samples.double()
    between = _distances(real, samples)
    precision = (between <= _radii(real, k)[:, None]).any(0)
    recall = (between <= _radii(samples, k)).any(1)
    return float(precision.double().mean()), float(recall.double().mean())


def nearest_distances(pictures: Tensor, training: Tensor) -> Tensor:
    """Distance of each picture to the nearest training picture, L2 over all values, (N,) float64.

    pictures: (N, ...), training: (M, ...). The nearest is found in float32, its distance computed in float64.
    """
    flat, among = pictures.flatten(1).float(), training.flatten(1).float()
    nearest = torch.cat([torch.cdist(chunk, among).argmin(1) for chunk in torch.split(flat, 256)])
    difference = pictures.flatten(1).double() - training.flatten(1)[nearest].double()
    return difference.square().sum(1).sqrt()


def chance_smaller(a: Tensor, b: Tensor) -> float:
    """Chance that a random value of a (N,) is below a random one of b (M,), ties counted half.

    Source: the statistic of 2004.05675 section 3 (data copying), which is Mann and Whitney's.
    """
    below = (a[:, None] < b[None, :]).double().mean()
    tied = (a[:, None] == b[None, :]).double().mean()
    return float(below + tied / 2)


def _symmetric_sqrt(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    # Rounding makes zero eigenvalues slightly negative.
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root


def _radii(points: Tensor, k: int) -> Tensor:
    # The nearest of each point, at distance 0, is the point itself.
    return _distances(points, points).topk(k + 1, largest=False).values[:, -1]


def _distances(a: Tensor, b: Tensor) -> Tensor:
    # Not through a matrix product, which rounds the distance of a point to itself away from 0.
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def _check(a: Tensor, b: Tensor, least: int) -> None:
    shapes = (tuple(a.shape), tuple(b.shape))
    fits = a.ndim == 2 and a.shape == b.shape and len(a) >= least
    require(fits, "the shapes of two feature sets", shapes, f"twice (N, D) with N at least {least}")
