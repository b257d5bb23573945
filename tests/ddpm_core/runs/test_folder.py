"""A run is a folder: made once, opened by anyone, refused with the reason where it is damaged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ddpm_core.atomic import replacing
from ddpm_core.runs.folder import RunFolder
from tests.support.toys import TINY_RUN, TOY_INFO


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", TINY_RUN, TOY_INFO)


def test_a_folder_tells_what_it_was_made_with(run: RunFolder) -> None:
    opened = RunFolder(run.path)
    assert (opened.config, opened.data_info) == (TINY_RUN, TOY_INFO)
    assert RunFolder.create(run.path, TINY_RUN, TOY_INFO).config == TINY_RUN
    with pytest.raises(ValueError, match="holds another run"):
        RunFolder.create(run.path, replace(TINY_RUN, seed=1), TOY_INFO)
    assert RunFolder(run.path).config == TINY_RUN


def test_epochs_are_those_with_a_checkpoint(run: RunFolder) -> None:
    assert run.epochs == ()
    for name in ("epoch-0010.safetensors", "epoch-0002.safetensors", "epoch-12345.safetensors"):
        (run.path / name).touch()
    for other in (".epoch-0003.safetensors.77.part", "epoch-0004.safetensors.bak", "epoch-5.safetensors", "samples"):
        (run.path / other).touch()
    assert run.epochs == (2, 10, 12345)
    assert run.checkpoint(2).name == "epoch-0002.safetensors"
    with pytest.raises(ValueError, match=r"epoch is 3; run has checkpoints of these epochs: 2, 10, 12345"):
        run.header(3)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "config.json is damaged"),
        ("\x00\xff", "config.json is damaged"),
        ("[]", "its format is not 'ddpm-lab'"),
        ('{"format": "ddpm-lab", "format_version": 9}', "format version 9; allowed: 1"),
        ('{"format": "ddpm-lab", "format_version": 1}', "does not describe a run: 'config'"),
    ],
)
def test_a_damaged_description_is_refused(run: RunFolder, text: str, named: str) -> None:
    (run.path / "config.json").write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=named):
        _ = RunFolder(run.path).config


def test_a_wrong_value_in_the_description_is_named(run: RunFolder) -> None:
    file = run.path / "config.json"
    description = json.loads(file.read_text(encoding="utf-8"))
    description["config"]["schedule"]["num_timesteps"] = 0
    file.write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(ValueError, match=r"config.json does not describe a run: schedule.num_timesteps is 0; allowed"):
        _ = RunFolder(run.path).config


def test_a_folder_without_a_description_is_no_run(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ValueError, match=r"is no run folder: it has no config.json"):
            RunFolder(path)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "new" / "file.txt"
    with replacing(file) as temporary:
        temporary.write_text("old", encoding="utf-8")
        assert not file.exists()
    assert file.read_text(encoding="utf-8") == "old"


def test_a_file_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("old", encoding="utf-8")

    def interrupted() -> None:
        with replacing(file) as temporary:
            temporary.write_text("ne", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [(f.name, f.read_text(encoding="utf-8")) for f in file.parent.iterdir()] == [("file.txt", "old")]
