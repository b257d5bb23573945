"""What the command line shows while it works: progress bars, a table of epochs, and files to look at."""

from __future__ import annotations

import json
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from ddpm_core.atomic import replacing
from ddpm_core.config import KINDS_WITH_T, SampleConfig, TrainConfig, to_dict
from ddpm_core.errors import require
from ddpm_core.export.diffusers import export_diffusers
from ddpm_core.export.onnx import export_onnx
from ddpm_core.pictures.files import Pictures, save_grid, write_gif
from ddpm_core.pictures.points import draw_points
from ddpm_core.pictures.tensors import to_points, to_uint8
from ddpm_core.quality.evaluate import evaluate_run
from ddpm_core.quality.report import table
from ddpm_core.runs.checkpoint import load_model
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.presets import PRESETS
from ddpm_core.sampler import picture_labels, sample_pictures
from ddpm_core.schedule import NoiseSchedule
from ddpm_core.training.trainer import total_steps, train

COLUMNS = 8
SCALE = 8
CLOUD_SIZE = 480


def train_with_progress(config: TrainConfig, out: Path) -> list[TrainStep | EpochEnd]:
    """Train into `out`, with a bar that counts steps and a line per epoch; returns all that happened."""
    warning = NoiseSchedule(config.schedule).terminal_noise_warning()
    if warning and config.kind in KINDS_WITH_T:
        tqdm.write(warning)
    events: list[TrainStep | EpochEnd] = []
    total = total_steps(config, config.data.num_pictures) or None
    tqdm.write(f"{'epoch':>5} {'step':>7} {'train loss':>11} {'held-out loss':>14} {'of the EMA':>11} {'seconds':>8}")
    with tqdm(total=total, unit="step", dynamic_ncols=True) as bar:
        loss = float("nan")
        for event in train(config, out):
            events.append(event)
            if isinstance(event, TrainStep):
                loss = event.loss
                bar.update(event.step - bar.n)
                bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
            else:
                tqdm.write(
                    f"{event.epoch:>5} {event.step:>7} {loss:>11.4f} {event.val_loss:>14.4f} "
                    f"{event.val_loss_ema:>11.4f} {event.seconds:>8.1f}"
                )
    return events


def sample_with_progress(run_path: Path, epoch: int, config: SampleConfig, out: Path) -> None:
    """Sample from a run's checkpoint into a PNG or a GIF; epoch -1 is the last there is."""
    if out.suffix not in (".png", ".gif"):
        raise ValueError(f"out is {out}; allowed: a name that ends in .png or .gif.")
    run, epoch = _opened(run_path, epoch)
    model, header = load_model(run.checkpoint(epoch))
    schedule = NoiseSchedule(header.config.schedule)
    size = (header.data_info.height, header.data_info.width)
    steps = sample_pictures(model, schedule, header.config.prediction_type, config, size)
    labels, points = np.array(picture_labels(config, model.num_classes)), header.config.kind == "points"

    def drawn(x: Tensor) -> Pictures:
        return draw_points(to_points(x), labels, CLOUD_SIZE)[None] if points else to_uint8(x)

    shown = [(drawn(s.xt), drawn(s.x0_hat)) for s in tqdm(steps, total=config.num_sampling_steps, unit="step")]
    finished = shown[-1][1]
    if out.suffix == ".gif":
        with replacing(out) as temporary, temporary.open("wb") as file:
            write_gif(file, [xt for xt, _ in shown] + [finished], COLUMNS, 1 if points else 4)
    else:
        rows = [finished[i : i + COLUMNS] for i in range(0, len(finished), COLUMNS)]
        save_grid(out, rows, 1 if points else SCALE)
    print(f"{len(labels)} {'points' if points else 'pictures'} of epoch {epoch} are in {out}.")


def evaluate_with_progress(run_path: Path, epoch: int, num: int, config: SampleConfig, out: Path | None) -> None:
    """Print a QualityReport: the table on standard error, the JSON on standard output, and into `out` if given."""
    run, epoch = _opened(run_path, epoch)
    bars: dict[str, tqdm] = {}

    def progress(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            bars[stage] = tqdm(total=total, desc=stage)
        bars[stage].update(done - bars[stage].n)
        if done == total:
            bars[stage].close()

    report = evaluate_run(run, epoch, num, config, progress=progress)
    print(table(report, run.config.kind), file=sys.stderr)
    text = json.dumps(to_dict(report), indent=1)
    print(text)
    if out is not None:
        with replacing(out) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")


def export_checkpoint(run_path: Path, epoch: int, kind: str, out: Path, label: int | None) -> None:
    """Export for diffusers or as ONNX, and say where it is."""
    run, epoch = _opened(run_path, epoch)
    if kind == "onnx":
        require(label is None, "label", label, "none for ONNX, which takes it as an input")
        export_onnx(run, epoch, out)
    else:
        export_diffusers(run, epoch, out, label)
    print(f"epoch {epoch} is in {out}.")


def _opened(run_path: Path, epoch: int) -> tuple[RunFolder, int]:
    """The run, and its last epoch in the place of -1; ValueError when that epoch has no checkpoint."""
    run = RunFolder(run_path)
    epoch = run.epochs[-1] if epoch < 0 and run.epochs else epoch
    run.header(epoch)
    return run, epoch


def run_demo(out: Path, seconds: float) -> None:
    """Train the quick sprite preset within `seconds` and write loss.png, samples.png and denoise.gif into `out`."""
    started = time.perf_counter()
    run_path = out / "run"
    shutil.rmtree(run_path, ignore_errors=True)
    # Drawing the pictures, measuring and sampling take their share of the time.
    config = replace(PRESETS["sprites_quick"], max_seconds=0.75 * seconds)
    events = train_with_progress(config, run_path)
    save_loss(out / "loss.png", events)
    run = RunFolder(run_path)
    kept = [epoch for epoch in run.epochs if run.samples(epoch).exists()]
    _save_film_strip(out / "samples.png", run, kept)
    sample_with_progress(run_path, -1, SampleConfig(), out / "denoise.gif")
    print(f"loss.png, samples.png (epochs {kept}) and denoise.gif are in {out}: {time.perf_counter() - started:.0f} s.")


def save_loss(path: Path, events: list[TrainStep | EpochEnd]) -> None:
    """Draw the loss of every step and the held-out loss of every epoch."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    steps = [e for e in events if isinstance(e, TrainStep)]
    ends = [e for e in events if isinstance(e, EpochEnd)]
    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    axes.plot([s.step for s in steps], [s.loss for s in steps], color="#b3a8e8", linewidth=0.7, label="each batch")
    axes.plot(
        [e.step for e in ends], [e.val_loss_ema for e in ends], "o-", color="#5b43d6", label="held-out, EMA weights"
    )
    axes.set(xlabel="step", ylabel="mean squared error", yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:.2g}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
    pyplot.close(figure)


def _save_film_strip(path: Path, run: RunFolder, epochs: list[int]) -> None:
    width = run.data_info.width
    rows = []
    for epoch in epochs:
        with Image.open(run.samples(epoch)) as image:
            strip = np.asarray(image.convert("RGB"))
        rows.append(np.stack([strip[:, i : i + width] for i in range(0, strip.shape[1], width)]))
    save_grid(path, rows, scale=4)
