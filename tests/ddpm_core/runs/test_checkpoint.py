"""Checkpoints: what is written comes back, and what is damaged, foreign or unfit is refused with its name."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from ddpm_core.config import UNetConfig
from ddpm_core.network.unet import UNet
from ddpm_core.runs.checkpoint import build_model, load_model, save_checkpoint
from ddpm_core.runs.folder import read_header, weights_hash
from tests.support.toys import TINY_RUN, TOY_INFO

Change = Callable[[dict[str, Any], dict[str, np.ndarray]], None]


@pytest.fixture
def model() -> UNet:
    torch.manual_seed(0)
    return build_model(TINY_RUN, TOY_INFO)


@pytest.fixture
def path(tmp_path: Path, model: UNet) -> Path:
    """A checkpoint of epoch 5."""
    file = tmp_path / "epoch-0005.safetensors"
    save_checkpoint(file, model, 5, 15, TINY_RUN, TOY_INFO)
    return file


def rewrite(path: Path, change: Change) -> None:
    """Write the checkpoint anew with another header or other weights."""
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()["ddpm_lab"])
    weights = load_file(path)
    change(header, weights)
    save_file(weights, path, metadata={"ddpm_lab": json.dumps(header)})


def test_weights_and_header_come_back(path: Path, model: UNet) -> None:
    loaded, header = load_model(path)
    assert (header.epoch, header.step, header.config, header.data_info) == (5, 15, TINY_RUN, TOY_INFO)
    assert header == read_header(path)
    assert not loaded.training
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value.half().float()), name
    assert sum(p.numel() for p in model.parameters()) * 2 < path.stat().st_size < 60_000 + 2 * 40_000


def test_the_hash_covers_names_shapes_and_values() -> None:
    weights = {"a": np.arange(4.0), "b": np.zeros(2)}
    known = weights_hash(weights)
    assert known == weights_hash(dict(reversed(weights.items())))
    others = (
        {"a": np.arange(4.0) + 1e-12, "b": np.zeros(2)},
        {"a": np.arange(4.0).reshape(2, 2), "b": np.zeros(2)},
        {"a": np.arange(4.0), "c": np.zeros(2)},
        {"a": np.arange(4.0), "b": np.zeros(2, np.int64)},
    )
    assert len({known, *map(weights_hash, others)}) == 5


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1],
        lambda whole: whole[:5],
        lambda whole: b"",
        lambda whole: b"\x00" * 200,
        lambda whole: b"\x80\x04\x95" + whole,  # what a pickle begins with
    ],
)
def test_a_damaged_file_is_refused(path: Path, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(path.read_bytes()))
    for read in (load_model, read_header):
        with pytest.raises(ValueError, match=r"epoch-0005.safetensors cannot be read as a checkpoint"):
            read(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    for nowhere in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(ValueError, match="cannot be read as a checkpoint"):
            load_model(nowhere)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
def test_a_foreign_file_is_refused(path: Path, metadata: dict[str, str] | None) -> None:
    save_file({"weight": np.zeros(3)}, path, metadata=metadata)
    with pytest.raises(ValueError, match="was not written by DDPM Lab"):
        load_model(path)


def set_header(**values: Any) -> Change:
    return lambda header, _: header.update(values)


def drop_weight(header: dict[str, Any], weights: dict[str, np.ndarray]) -> None:
    del weights["head.bias"]
    header["sha256"] = weights_hash(weights)


def one_bit(header: dict[str, Any], weights: dict[str, np.ndarray]) -> None:
    weights["head.bias"].view(np.uint16)[0] ^= 1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (set_header(format_version=2), "format version 2; allowed: 1"),
        (set_header(format_version=None), "format version None; allowed: 1"),
        (set_header(format="other"), "its format is not 'ddpm-lab'"),
        (set_header(sha256="0" * 64), "other weights than its header's sha256 says"),
        (one_bit, "other weights than its header's sha256 says"),
        (set_header(config={"learning_rate": -1.0}), "does not describe a run: learning_rate is -1.0"),
        (set_header(config={"surprise": 1}), 'does not describe a run: .*"surprise"'),
        (set_header(config=7), "does not describe a run: TrainConfig is 7"),
        (set_header(data_info={"name": "toy"}), "does not describe a run: .*height"),
        (lambda header, _: header.pop("config"), "does not describe a run: 'config'"),
        (lambda header, _: header.pop("epoch"), "has a header without a proper 'epoch'"),
        (set_header(step="many"), "has a header without a proper .*many"),
        (
            lambda header, _: header["config"]["unet"].update(base_channels=16),
            "does not fit the network its header describes: .*size mismatch",
        ),
        (drop_weight, "does not fit the network its header describes: .*head.bias"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(path: Path, change: Change, named: str) -> None:
    rewrite(path, change)
    with pytest.raises(ValueError, match=f"(?s){named}"):
        load_model(path)


@pytest.mark.parametrize("text", ["{", "[]", "3"])
def test_a_header_that_is_no_object_is_refused(path: Path, text: str) -> None:
    save_file({"weight": np.zeros(3)}, path, metadata={"ddpm_lab": text})
    with pytest.raises(ValueError, match=r"damaged header|its format is not"):
        read_header(path)


def test_a_full_disk_leaves_the_old_file(path: Path, model: UNet, monkeypatch: pytest.MonkeyPatch) -> None:
    def half_of_it(weights: object, file: Path, metadata: object) -> None:
        file.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    before = path.read_bytes()
    monkeypatch.setattr("ddpm_core.runs.checkpoint.save_file", half_of_it)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(path, model, 6, 18, TINY_RUN, TOY_INFO)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_classes_come_from_the_data_only_where_they_are_used() -> None:
    assert build_model(TINY_RUN, TOY_INFO).num_classes == 2
    assert build_model(replace(TINY_RUN, class_conditional=False), TOY_INFO).num_classes == 0
    wide = replace(TINY_RUN, unet=UNetConfig(base_channels=16, num_groups=4))
    assert build_model(wide, TOY_INFO).config.base_channels == 16
