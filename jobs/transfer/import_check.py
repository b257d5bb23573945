"""Whether a folder that came from elsewhere is a run that every page can use; nothing in it is trusted."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ddpm_core.data import DataInfo
from ddpm_core.errors import Message, mapped, require, require_between, text_of
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
        require(len(run.epochs) > 0, Message("import.num_checkpoints"), 0, Message("import.at_least", low=1))
        for epoch in run.epochs:
            _check_checkpoint(run, epoch)
        for path, row_type in ((run.metrics, TrainStep), (run.epoch_metrics, EpochEnd), (run.loss_by_t, LossByT)):
            _check_table(path, row_type)
        for path in sorted(folder.glob("samples/*.png")):
            _check_picture(path)
    except RecursionError as error:  # JSON in JSON in JSON …
        raise ValueError(Message("import.too_deep", remedy=_REMEDY)) from error
    except ValueError as error:
        # The folder is a passing one: names of files are told as they are in the zip.
        raise ValueError(mapped(text_of(error), lambda text: _in_the_zip(text, folder))) from error
    return run


_REMEDY = Message("import.export_again")


def _in_the_zip(text: str, folder: Path) -> str:
    return text.replace(f"{folder}", "").replace("\\", "/").lstrip("/")


def _check_names(run: RunFolder) -> None:
    info: DataInfo = run.data_info
    for name in ("height", "width"):
        require_between(f"config.json: data_info.{name}", getattr(info, name), 1, MAX_SIDE)
    require_between("config.json: data_info.channels", info.channels, 1, 4)
    num, most = len(info.class_names), Message("allowed.at_most", high=MAX_CLASSES)
    require(num <= MAX_CLASSES, Message("import.classes"), num, most)
    for word in (info.name, run.config.data.name, *info.class_names):
        proper = 0 < len(word) <= MAX_WORD and word.isprintable() and not set(word) & set("/\\<>")
        require(proper, Message("import.a_name"), word[:MAX_WORD], Message("import.letters", high=MAX_WORD))


def _check_checkpoint(run: RunFolder, epoch: int) -> None:
    path = run.checkpoint(epoch)
    header = run.header(epoch)
    if (header.epoch, header.config, header.data_info) != (epoch, run.config, run.data_info):
        raise ValueError(Message("import.other_checkpoint", file=path.name, remedy=_REMEDY))
    try:
        weights = load_file(path)
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(Message("import.unreadable", file=path.name, reason=error, remedy=_REMEDY)) from error
    if weights_hash(weights) != header.sha256:
        raise ValueError(Message("import.other_weights", file=path.name, remedy=_REMEDY))


def _check_table(path: Path, row_type: type[TrainStep] | type[EpochEnd] | type[LossByT]) -> None:
    if not path.is_file():
        return
    size, most = path.stat().st_size, Message("import.at_most_mb", high=MAX_TABLE_BYTES // 1024**2)
    require(size <= MAX_TABLE_BYTES, Message("import.file_size", file=path.name), size, most)
    with path.open("rb") as file:
        whole_lines = sum(line.endswith(b"\n") for line in file)
    rows = CsvLog(path, row_type).rows()  # type: ignore[type-var]
    if len(rows) != max(0, whole_lines - 1):
        raise ValueError(Message("import.damaged_line", file=path.name, line=len(rows) + 2, remedy=_REMEDY))
    names = [field.name for field in dataclasses.fields(row_type)]
    if not all(isinstance(getattr(row, name), int) for row in rows for name in {"step", "epoch"} & set(names)):
        raise ValueError(Message("import.no_whole_numbers", file=path.name, remedy=_REMEDY))


def _check_picture(path: Path) -> None:
    file = f"samples/{path.name}"
    try:
        with Image.open(path, formats=["PNG"]) as image:
            proper = max(image.size) <= MAX_PICTURE_SIDE and image.width * image.height <= MAX_PICTURE_SIDE * 1000
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(Message("import.no_picture", file=file, reason=error, remedy=_REMEDY)) from error
    require(proper, Message("import.pixels", file=file), image.size, Message("import.sides", high=MAX_PICTURE_SIDE))
