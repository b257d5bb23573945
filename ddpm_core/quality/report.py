"""What was measured of a checkpoint's samples, with the settings that the numbers depend on. Read without torch."""

from __future__ import annotations

from dataclasses import dataclass

from ddpm_core.config import RunKind, SampleConfig


@dataclass(frozen=True)
class Measure:
    """One number for samples, and the same number for as many held-out pictures: what perfect samples would score."""

    samples: float
    real: float


@dataclass(frozen=True)
class ClassifierNote:
    """Which classifier judged: the hash of its weights, and its share of held-out pictures classified rightly."""

    sha256: str
    accuracy: float


@dataclass(frozen=True)
class QualityReport:
    """Quality of `num_samples` samples, each number computed with as many real pictures on the other side.

    A measure that needs classes is None where the data, or for class_accuracy the network, has none. Points are
    measured in their plane, by sliced_wasserstein, and pictures by the features of networks: the other's are None.
    """

    run: str
    epoch: int
    sha256: str
    """Of the checkpoint's weights."""
    num_samples: int
    num_training: int
    """Training pictures among which the nearest is sought."""
    sampling: SampleConfig
    classifier: ClassifierNote | None
    class_accuracy: Measure | None
    """Share classified as the class asked for."""
    frechet: Measure | None
    """Fréchet distance of classifier features, standardised; 0 is best, no sample of this size comes below `real`."""
    random_frechet: Measure | None
    """The same for features of a fixed random network, which knows nothing of classes."""
    precision: Measure | None
    """Share of samples that lie among real pictures (1904.06991), in the classifier's features."""
    recall: Measure | None
    """Share of real pictures that lie among samples."""
    nearest_training: Measure
    """Median distance to the nearest training picture, L2 over pixels in [0, 1]; for points, in their own units."""
    closer_than_held_out: Measure
    """Chance that a sample is nearer to a training picture than a held-out picture is; well above 0.5: memorised."""
    sliced_wasserstein: Measure | None = None
    """For points: sliced 1-Wasserstein distance of the two clouds."""
    sliced_wasserstein_by_class: Measure | None = None
    """The same within each class, averaged: points of the wrong class are far from where they should lie."""


MEASURES: dict[RunKind, tuple[tuple[str, str, str], ...]] = {
    "diffusion": (
        ("class_accuracy", "classified as asked", "higher"),
        ("frechet", "Fréchet distance, classifier features", "lower"),
        ("random_frechet", "Fréchet distance, random features", "lower"),
        ("precision", "precision (k = 3)", "higher"),
        ("recall", "recall (k = 3)", "higher"),
        ("nearest_training", "nearest training picture, median L2", "as real"),
        ("closer_than_held_out", "nearer to training than held-out is", "as real"),
    ),
    "points": (
        ("sliced_wasserstein", "sliced Wasserstein distance", "lower"),
        ("sliced_wasserstein_by_class", "the same, class by class", "lower"),
        ("nearest_training", "nearest training point, median", "as real"),
        ("closer_than_held_out", "nearer to training than held-out is", "as real"),
    ),
}
"""Of the kinds that sample: field of QualityReport, its name in words, and which way is better."""


def table(report: QualityReport, kind: RunKind) -> str:
    """The report on a run of this kind, for a terminal: settings on top, then samples beside real pictures."""
    s = report.sampling
    sampler = f"{s.sampler}, {s.num_sampling_steps} steps, guidance {s.guidance_scale:g}, seed {s.seed}"
    note, judge = report.classifier, "no classes, so no classifier"
    if note:
        judge = f"classifier {note.sha256[:12]}, {note.accuracy:.2%} right on held-out pictures"
    real = f"real: as many held-out pictures; {report.num_training} training pictures; {judge}"
    if kind == "points":
        real = f"real: as many held-out points; {report.num_training} training points"
    lines = [
        f"{report.run}, epoch {report.epoch}: {report.num_samples} samples ({sampler})",
        real,
        "",
        f"{'':38}{'samples':>10}{'real':>10}  better",
    ]
    for field, words, better in MEASURES[kind]:
        measure: Measure | None = getattr(report, field)
        numbers = f"{measure.samples:>10.4f}{measure.real:>10.4f}" if measure else f"{'-':>10}{'-':>10}"
        lines.append(f"{words:38}{numbers}  {better}")
    return "\n".join(lines)
