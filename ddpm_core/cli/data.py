"""`python -m ddpm_core data …`: what there is, what it looks like, and how pictures get in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from ddpm_core.config import DataConfig
from ddpm_core.data.own.imported import Fit, ImportOptions

SHOWN = 2_000
"""Pictures of a drawn dataset, which has no end, that its numbers are taken of."""


@dataclass(frozen=True)
class List:
    """List the datasets there are."""

    def run(self) -> None:
        from ddpm_core.data import data_dir, dataset_names
        from ddpm_core.data.own.datasets import dropped_in

        print(f"Datasets (files in {data_dir()}): {', '.join(dataset_names())}")
        if dropped_in():
            print(f"Not imported yet: {', '.join(path.name for path in dropped_in())}")


@dataclass(frozen=True)
class Info:
    """Print a dataset's counts, size and range."""

    name: tyro.conf.Positional[str]
    """Its name, as `data list` prints it."""

    def run(self) -> None:
        from ddpm_core.data import load_dataset, num_training
        from ddpm_core.data.own.files import is_own, load_own
        from ddpm_core.data.statistics import describe

        endless = num_training(self.name) is None
        config = DataConfig(self.name, num_pictures=SHOWN if endless else 0)
        data = load_own(self.name) if is_own(self.name) else load_dataset(config, "train")
        numbers, info = describe(data), data.info
        drawn = " (drawn from a seed, without end)" if endless else ""
        print(f"{self.name}: {numbers.num} pictures{drawn}, {info.width} × {info.height} × {info.channels}")
        print(f"values {numbers.minimum:g} to {numbers.maximum:g}, mean {numbers.mean:.4g}, std {numbers.std:.4g}")
        print(f"duplicates: {numbers.num_duplicates}")
        for name, count in zip(info.class_names or ("no classes",), numbers.per_class, strict=True):
            print(f"{count:>8}  {name}")


@dataclass(frozen=True)
class Import:
    """Make a dataset of your own: a folder or zip of pictures, an .npy or .npz array, or an IDX file."""

    source: tyro.conf.Positional[Path]
    """The file or folder; pictures' sub-folders become classes."""
    name: str = ""
    """What to call it; by default the file's own name."""
    labels: Path | None = None
    """A file of labels for an array: numbers, or one-hot rows."""
    size: int = 0
    """Height and width, a multiple of 4 from 8 to 64; 0 keeps the pictures' own, where it is one of these, else 16."""
    channels: Literal[0, 1, 3] = 0
    """1 grey, 3 colour; 0 keeps them as they are."""
    fit: Fit = "crop"
    """What to do with pictures that are not square."""

    def run(self) -> None:
        from tqdm import tqdm

        from ddpm_core.data.own.datasets import save_own, suggest_name
        from ddpm_core.data.own.files import require_new
        from ddpm_core.data.own.importing import read_source

        name = self.name or suggest_name(self.source.resolve().name)
        require_new(name)  # before the pictures are read, which may take long
        options = ImportOptions(self.size, self.channels, self.fit)
        with tqdm(unit="picture", disable=None, leave=False) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            imported = read_source(self.source, self.source.resolve().name, options, progress, self.labels)
        for step in imported.steps:
            print(f"{step.kind}: {', '.join(f'{key} {value}' for key, value in step.values.items())}".rstrip(": "))
        info = save_own(name, imported)
        print(f"Saved {len(imported.images)} pictures, {info.width} × {info.height} × {info.channels}, as {name}.")


@dataclass(frozen=True)
class Fetch:
    """Download a dataset's files."""

    name: tyro.conf.Positional[str] = "mnist"
    """mnist or fashion_mnist."""

    def run(self) -> None:
        from ddpm_core.data import fetch

        print(f"{self.name} is in {fetch(self.name)}.")


DataCommand = Annotated[List | Info | Import | Fetch, tyro.conf.arg(name="")]
