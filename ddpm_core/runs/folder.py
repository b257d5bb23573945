"""A run is a folder: config.json, checkpoints, resume.pt, metrics.csv, epochs.csv and samples/. Read without torch."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from ddpm_core.atomic import replacing
from ddpm_core.config import TrainConfig, from_dict, to_dict
from ddpm_core.data import DataInfo
from ddpm_core.errors import Message

FORMAT = "ddpm-lab"
FORMAT_VERSION = 1
_CHECKPOINT = re.compile(r"epoch-(\d{4,})\.safetensors")


@dataclass(frozen=True)
class CheckpointHeader:
    """What a checkpoint says of itself, beside its weights."""

    epoch: int
    step: int
    config: TrainConfig
    data_info: DataInfo
    sha256: str
    """Of the weights, as `weights_hash` computes it."""


class RunFolder:
    """The paths and descriptions of one run, shipped or trained a minute ago."""

    def __init__(self, path: Path) -> None:
        self.path = path = Path(path)
        if not (path / "config.json").is_file():
            raise ValueError(Message("run_folder.no_config", path=path))
        self.resume = path / "resume.pt"
        self.start = path / "start.safetensors"
        """The checkpoint a branch begins with; a run without it begins untrained."""
        self.live = path / "samples" / "live.png"
        """A row of pictures from the weights of this moment."""
        self.metrics = path / "metrics.csv"
        """A line per training step."""
        self.epoch_metrics = path / "epochs.csv"
        """A line per epoch."""
        self.loss_by_t = path / "loss_by_t.csv"
        """Losses in each part of 1..T, a line about every two-hundredth of the run."""

    @classmethod
    def create(cls, path: Path, config: TrainConfig, data_info: DataInfo) -> RunFolder:
        """Make the folder and its config.json, or open it where it already describes the same run."""
        path = Path(path)
        file = path / "config.json"
        if file.exists():
            # As read, not as written: a run of an earlier version lacks what has a default since.
            if parse_description(_read_json(file), str(file)) != (config, data_info):
                raise ValueError(Message("run_folder.another", path=path))
        else:
            with replacing(file) as temporary:
                temporary.write_text(json.dumps(describe(config, data_info), indent=1) + "\n", encoding="utf-8")
        return cls(path)

    @cached_property
    def _description(self) -> tuple[TrainConfig, DataInfo]:
        return parse_description(_read_json(self.path / "config.json"), str(self.path / "config.json"))

    @property
    def config(self) -> TrainConfig:
        return self._description[0]

    @property
    def data_info(self) -> DataInfo:
        return self._description[1]

    @property
    def epochs(self) -> tuple[int, ...]:
        """Epochs with a checkpoint, in order."""
        matches = (_CHECKPOINT.fullmatch(file.name) for file in self.path.iterdir())
        return tuple(sorted(int(match[1]) for match in matches if match))

    def checkpoint(self, epoch: int) -> Path:
        return self.path / f"epoch-{epoch:04d}.safetensors"

    def header(self, epoch: int) -> CheckpointHeader:
        """The header of one epoch's checkpoint; ValueError names the epochs there are."""
        path = self.checkpoint(epoch)
        if not path.is_file():
            there = ", ".join(map(str, self.epochs)) or Message("run_folder.none_yet")
            raise ValueError(Message("run_folder.no_checkpoint", epoch=epoch, run=self.path.name, there=there))
        return read_header(path)

    def samples(self, epoch: int) -> Path:
        """PNG: pictures sampled at this epoch, all epochs from one fixed noise, in one row."""
        return self.path / "samples" / f"epoch-{epoch:04d}.png"

    def denoise(self, epoch: int) -> Path:
        """PNG: rows x0, x_t and x0_hat of held-out pictures."""
        return self.path / "samples" / f"denoise-{epoch:04d}.png"


def describe(config: TrainConfig, data_info: DataInfo) -> dict[str, Any]:
    """What config.json and every checkpoint header hold."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "config": to_dict(config),
        "data_info": to_dict(data_info),
    }


def parse_description(values: Mapping[str, Any], where: str) -> tuple[TrainConfig, DataInfo]:
    """The inverse of `describe`; ValueError names what is wrong in `where`."""
    if not isinstance(values, Mapping) or values.get("format") != FORMAT:
        raise ValueError(Message("run_folder.foreign", where=where, format=FORMAT))
    version = values.get("format_version")
    if version != FORMAT_VERSION:
        raise ValueError(Message("run_folder.other_version", where=where, version=repr(version), known=FORMAT_VERSION))
    try:
        return from_dict(TrainConfig, values["config"]), from_dict(DataInfo, values["data_info"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(Message("run_folder.no_description", where=where, reason=error)) from error


def read_header(path: Path) -> CheckpointHeader:
    """Read a checkpoint's header without its weights and without torch."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise ValueError(Message("checkpoint.unreadable", path=path, reason=error)) from error
    if "ddpm_lab" not in metadata:
        raise ValueError(Message("checkpoint.foreign", path=path))
    try:
        values = json.loads(metadata["ddpm_lab"])
    except json.JSONDecodeError as error:
        raise ValueError(Message("checkpoint.damaged_header", path=path, reason=error)) from error
    config, data_info = parse_description(values, str(path))
    try:
        return CheckpointHeader(int(values["epoch"]), int(values["step"]), config, data_info, str(values["sha256"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(Message("checkpoint.incomplete_header", path=path, field=error)) from error


def weights_hash(weights: Mapping[str, Any]) -> str:
    """SHA-256 over names, shapes and values of NumPy arrays, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(f"{name}{weights[name].shape}{weights[name].dtype}".encode())
        digest.update(weights[name].tobytes())
    return digest.hexdigest()


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(Message("run_folder.damaged", path=path, reason=error)) from error
