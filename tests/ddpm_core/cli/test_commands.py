"""The command line, from its words to the files it writes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ddpm_core.cli import commands, console
from ddpm_core.config import DataConfig, UNetConfig
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.presets import PRESETS

TINY = (
    "--num-epochs 2 --batch-size 16 --num-threads 1 --data.num-pictures 40 --data.num-validation 8 "
    "--unet.base-channels 8 --unet.channel-mults 1 2"
).split()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "run"
    call("train", "sprites-quick", "--out", str(path), *TINY)
    return path


def call(*words: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["ddpm_core", *words])
        commands.main()


def test_train_takes_the_preset_and_the_changed_settings(run: Path) -> None:
    config = RunFolder(run).config
    assert (config.num_epochs, config.batch_size, config.data.num_pictures) == (2, 16, 40)
    assert config.learning_rate == PRESETS["sprites_quick"].learning_rate
    assert RunFolder(run).epochs == (0, 1, 2)
    assert [row.step for row in CsvLog(run / "metrics.csv", TrainStep).rows()] == [1, 2, 3, 4, 5, 6]
    assert [row.epoch for row in CsvLog(run / "epochs.csv", EpochEnd).rows()] == [0, 1, 2]


def test_train_prints_a_line_per_epoch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call("train", "sprites-quick", "--out", str(tmp_path / "run"), *TINY)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] for line in lines if line and line[0].isdigit()] == [["0", "0"], ["1", "3"], ["2", "6"]]


def test_sample_writes_a_picture_or_an_animation(run: Path, tmp_path: Path) -> None:
    options = ["--num-pictures", "9", "--num-sampling-steps", "4", "--epoch", "1"]
    call("sample", str(run), "--out", str(tmp_path / "s.png"), *options)
    with Image.open(tmp_path / "s.png") as image:
        assert image.size == (8 * 16 * console.SCALE, 2 * 16 * console.SCALE)
    call("sample", str(run), "--out", str(tmp_path / "s.gif"), *options)
    with Image.open(tmp_path / "s.gif") as image:
        assert getattr(image, "n_frames", 1) == 5


def test_the_demo_leaves_its_three_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, unet = DataConfig(num_pictures=40, num_validation=8), UNetConfig(base_channels=8, channel_mults=(1, 2))
    tiny = replace(PRESETS["sprites_quick"], data=data, unet=unet, num_epochs=2, num_threads=1)
    monkeypatch.setitem(PRESETS, "sprites_quick", tiny)
    call("demo", "--out", str(tmp_path))
    for name, kind in (("loss.png", "PNG"), ("samples.png", "PNG"), ("denoise.gif", "GIF")):
        with Image.open(tmp_path / name) as image:
            assert image.format == kind
            assert image.convert("L").getextrema()[0] < image.convert("L").getextrema()[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sample", "nowhere"], "nowhere is no run folder"),
        (["data", "fetch", "cats"], "cats"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_it(words: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as stop:
        call(*words)
    assert said in str(stop.value)


def test_a_wrong_setting_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call("train", "sprites-quick", "--out", "x", "--num-epochs", "0")
    assert "num_epochs is 0; allowed: 1 to 10000" in capsys.readouterr().err


def test_a_file_that_is_neither_picture_nor_animation_is_refused(run: Path) -> None:
    with pytest.raises(SystemExit, match=r"out is s\.jpg; allowed"):
        call("sample", str(run), "--out", "s.jpg")


def test_an_epoch_that_is_not_there_names_those_that_are(run: Path) -> None:
    with pytest.raises(SystemExit, match="checkpoints of these epochs: 0, 1, 2"):
        call("sample", str(run), "--epoch", "7")


def test_own_pictures_come_in_are_looked_at_and_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path / "data"))
    rng = np.random.default_rng(0)
    np.save(tmp_path / "pets.npy", rng.integers(0, 256, (30, 12, 12, 3), np.uint8))
    np.save(tmp_path / "kinds.npy", np.eye(3)[np.arange(30) % 3])
    call("data", "import", str(tmp_path / "pets.npy"), "--labels", str(tmp_path / "kinds.npy"), "--channels", "1")
    assert "Saved 30 pictures, 12 × 12 × 1, as pets." in capsys.readouterr().out
    call("data", "list")
    assert "fashion_mnist, pets" in capsys.readouterr().out
    call("data", "info", "pets")
    said = capsys.readouterr().out
    assert "pets: 30 pictures, 12 × 12 × 1" in said
    assert [line.split() for line in said.splitlines()[-3:]] == [["10", "0"], ["10", "1"], ["10", "2"]]
    call("data", "info", "digits")
    assert "digits: 2000 pictures (drawn from a seed, without end), 28 × 28 × 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import", "nowhere.zip"], "nowhere.zip: there is no such file or folder"),
        (["import", "nowhere.zip", "--name", "sprites"], "'sprites', which is reserved"),
        (["import", ".", "--size", "7"], "size is 7; allowed: multiples of 4"),
        (["info", "cats"], "data.name is 'cats'; allowed: sprites, digits"),
        (["fetch", "sprites"], "dataset is 'sprites'; allowed: mnist, fashion_mnist"),
    ],
)
def test_the_data_commands_refuse_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(SystemExit) as stop:
        call("data", *words)
    assert said in str(stop.value)
    assert not (tmp_path / "data").exists()
