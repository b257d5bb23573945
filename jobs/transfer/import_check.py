"""Whether a folder that came from elsewhere is a run that every page can use; nothing in it is trusted."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ddpm_core.config import require
from ddpm_core.data import DataInfo
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, LossByT, TrainStep
from ddpm_core.runs.folder import RunFolder, weights_hash

MAX_SIDE = 256
MAX_CLASSES = 1_000
MAX_WORD = 60
MAX_TABLE_BYTES = 64 * 1024**2
"""About 700,000 steps."""
MAX_PICTURE_SIDE = 20_000


def check_run(folder: Path) -> RunFolder:
    """The run in `folder`, once its config, checkpoints, tables and pictures have all been read.

    Raises ValueError that names the file, what is wrong with it and what to do.
    """
    try:
        run = RunFolder(folder)
        _check_names(run)
        require(len(run.epochs) > 0, "the number of checkpoints", 0, "at least 1")
        for epoch in run.epochs:
            _check_checkpoint(run, epoch)
        for path, row_type in ((run.metrics, TrainStep), (run.epoch_metrics, EpochEnd), (run.loss_by_t, LossByT)):
            _check_table(path, row_type)
        for path in sorted(folder.glob("samples/*.png")):
            _check_picture(path)
    except RecursionError as error:  # JSON in JSON in JSON …
        raise ValueError(f"A description in it is nested too deeply. {_REMEDY}") from error
    except ValueError as error:
        # The folder is a passing one: names of files are told as they are in the zip.
        raise ValueError(f"{error}".replace(f"{folder}", "").replace("\\", "/").lstrip("/")) from error
    return run


_REMEDY = "Export the run again."


def _check_names(run: RunFolder) -> None:
    info: DataInfo = run.data_info
    for name in ("height", "width"):
        require(1 <= getattr(info, name) <= MAX_SIDE, f"config.json: data_info.{name}", getattr(info, name), "1 to 256")
    require(1 <= info.channels <= 4, "config.json: data_info.channels", info.channels, "1 to 4")
    require(len(info.class_names) <= MAX_CLASSES, "config.json: classes", len(info.class_names), f"up to {MAX_CLASSES}")
    for word in (info.name, run.config.data.name, *info.class_names):
        proper = 0 < len(word) <= MAX_WORD and word.isprintable() and not set(word) & set("/\\<>")
        require(proper, "config.json: a name in it", word[:MAX_WORD], f"up to {MAX_WORD} letters and digits")


def _check_checkpoint(run: RunFolder, epoch: int) -> None:
    path = run.checkpoint(epoch)
    header = run.header(epoch)
    if (header.epoch, header.config, header.data_info) != (epoch, run.config, run.data_info):
        raise ValueError(f"{path.name} belongs to another run or epoch than config.json and its name say. {_REMEDY}")
    try:
        weights = load_file(path)
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} cannot be read ({error}). {_REMEDY}") from error
    if weights_hash(weights) != header.sha256:
        raise ValueError(f"{path.name} has other weights than its header's sha256 says. {_REMEDY}")


def _check_table(path: Path, row_type: type[TrainStep] | type[EpochEnd] | type[LossByT]) -> None:
    if not path.is_file():
        return
    require(path.stat().st_size <= MAX_TABLE_BYTES, f"the size of {path.name}", path.stat().st_size, "up to 64 MB")
    with path.open("rb") as file:
        whole_lines = sum(line.endswith(b"\n") for line in file)
    rows = CsvLog(path, row_type).rows()  # type: ignore[type-var]
    if len(rows) != max(0, whole_lines - 1):
        raise ValueError(f"{path.name} is damaged in line {len(rows) + 2}. {_REMEDY}")
    names = [field.name for field in dataclasses.fields(row_type)]
    if not all(isinstance(getattr(row, name), int) for row in rows for name in {"step", "epoch"} & set(names)):
        raise ValueError(f"{path.name} counts steps or epochs that are no whole numbers. {_REMEDY}")


def _check_picture(path: Path) -> None:
    try:
        with Image.open(path, formats=["PNG"]) as image:
            proper = max(image.size) <= MAX_PICTURE_SIDE and image.width * image.height <= MAX_PICTURE_SIDE * 1000
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"samples/{path.name} is no picture ({error}). {_REMEDY}") from error
    require(proper, f"samples/{path.name}: its size in pixels", image.size, f"sides up to {MAX_PICTURE_SIDE}")
