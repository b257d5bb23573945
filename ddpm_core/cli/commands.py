"""The command line, `python -m ddpm_core`: its options come from the config dataclasses, none is written twice."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from ddpm_core.cli.data import DataCommand
from ddpm_core.config import SampleConfig, TrainConfig
from ddpm_core.runs.presets import PRESETS

if TYPE_CHECKING:
    Preset = TrainConfig
else:
    Preset = Annotated[
        tyro.extras.subcommand_type_from_defaults({name.replace("_", "-"): c for name, c in PRESETS.items()}),
        tyro.conf.arg(name=""),
    ]


def train(out: Path, config: Preset) -> None:
    """Train a preset, any of its settings changed; an interrupted run goes on where it stopped.

    Args:
        out: the run folder to write.
        config: the preset, then the settings to change.
    """
    from ddpm_core.cli.console import train_with_progress

    train_with_progress(config, out)


def sample(
    run: tyro.conf.Positional[Path],
    config: Annotated[SampleConfig, tyro.conf.arg(name="")],
    epoch: int = -1,
    out: Path = Path("samples.png"),
) -> None:
    """Sample pictures from a run, as one PNG, or as a GIF of the whole reverse process if `out` ends in .gif.

    Args:
        run: a run folder.
        config: what to sample.
        epoch: which checkpoint; -1 is the last.
        out: the file to write, .png or .gif.
    """
    from ddpm_core.cli.console import sample_with_progress

    sample_with_progress(run, epoch, config, out)


@dataclass(frozen=True)
class EvaluateConfig(SampleConfig):
    """SampleConfig without its number of pictures, which is num_samples here."""

    num_pictures: tyro.conf.Suppress[int] = SampleConfig.num_pictures


def evaluate(
    run: tyro.conf.Positional[Path],
    config: Annotated[EvaluateConfig, tyro.conf.arg(name="")],
    epoch: int = -1,
    num_samples: int = 1_000,
    out: Path | None = None,
) -> None:
    """Measure samples of a run against as many held-out pictures: a table on standard error, JSON on standard output.

    Args:
        run: a run folder.
        config: how to sample; labels -1 for no class, else every class in turn.
        epoch: which checkpoint; -1 is the last.
        num_samples: 10 to 5000; distances depend on it.
        out: a file for the JSON.
    """
    from ddpm_core.cli.console import evaluate_with_progress

    evaluate_with_progress(run, epoch, num_samples, config, out)


def export(
    run: tyro.conf.Positional[Path],
    out: Path,
    format: Literal["diffusers", "onnx"] = "diffusers",  # noqa: A002, the flag is --format
    epoch: int = -1,
    label: int | None = None,
) -> None:
    """Write a checkpoint for other programs: a folder for diffusers' pipelines, or an ONNX file.

    Args:
        run: a run folder.
        out: the folder, or the .onnx file, to write.
        format: diffusers or onnx.
        epoch: which checkpoint; -1 is the last.
        label: the class that diffusers' pipelines draw; none by default. ONNX takes the label as an input.
    """
    from ddpm_core.cli.console import export_checkpoint

    export_checkpoint(run, epoch, format, out, label)


def demo(out: Path = Path("demo"), seconds: float = 120.0) -> None:
    """Train the quick sprite preset and write loss.png, samples.png and denoise.gif.

    Args:
        out: the folder to write.
        seconds: longest time, all included.
    """
    from ddpm_core.cli.console import run_demo

    run_demo(out, seconds)


def data(command: DataCommand) -> None:
    """List datasets, look at one, import your own pictures, or download some."""
    command.run()


COMMANDS: dict[str, Callable[..., None]] = {
    "train": train,
    "sample": sample,
    "evaluate": evaluate,
    "export": export,
    "demo": demo,
    "data": data,
}


def main() -> None:
    """Run a command; a ValueError or OSError becomes one line on standard error and exit status 2."""
    try:
        tyro.extras.subcommand_cli_from_dict(
            COMMANDS,
            prog="python -m ddpm_core",
            description="DDPM Lab without the app: train, sample, and look.",
            config=(
                tyro.conf.OmitSubcommandPrefixes,
                tyro.conf.CascadeSubcommandArgs,
                tyro.conf.AvoidSubcommands,  # TrainConfig.mlp is there or not, as the preset says
            ),
        )
    except (ValueError, OSError) as error:
        sys.exit(f"python -m ddpm_core: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
