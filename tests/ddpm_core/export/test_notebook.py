"""The exported notebook is a valid one, and its cells train, plot and sample."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from ddpm_core.config import DataConfig, MLPConfig, ScheduleConfig, TrainConfig, UNetConfig
from ddpm_core.export import notebook
from ddpm_core.runs.folder import RunFolder

WORDS = {name: f"## {name}\n\nÜber ε. 关于 ε。" for name in notebook.WORDS}
TINY = TrainConfig(
    data=DataConfig(num_pictures=32, num_validation=8),
    unet=UNetConfig(base_channels=8, channel_mults=(1, 2)),
    schedule=ScheduleConfig(num_timesteps=20),
    num_epochs=1,
    batch_size=16,
    num_threads=1,
)
ONE_STEP = replace(
    TINY,
    denoiser_sigma=0.5,
    prediction_type="x0",
    class_conditional=False,
    unet=replace(TINY.unet, time_conditioned=False),
)
POINTS = replace(TINY, data=replace(TINY.data, name="moons"), mlp=MLPConfig(width=8, depth=1))


def cells(config: TrainConfig, kind: str) -> list[str]:
    content = json.loads(notebook.build(config, "runs/again", WORDS))
    return ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == kind]


def test_it_is_a_valid_notebook() -> None:
    """What the schema of nbformat 4.5 asks of a notebook without outputs."""
    content: dict[str, Any] = json.loads(notebook.build(TINY, "runs/again", WORDS))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert set(content) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    for cell in content["cells"]:
        code = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"id", "cell_type", "metadata", "source"} | code
        assert cell["id"].isalnum()
        assert all(isinstance(line, str) for line in cell["source"])
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)


def test_it_says_what_it_was_given() -> None:
    assert cells(TINY, "markdown") == list(WORDS.values())


@pytest.mark.parametrize("config", [TINY, ONE_STEP, POINTS], ids=lambda config: config.kind)
def test_its_cells_train_the_run(config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    matplotlib.use("agg")
    scope: dict[str, Any] = {}
    for code in cells(config, "code"):
        exec(compile(code, "cell", "exec"), scope)
    assert scope["config"] == config
    run = RunFolder(tmp_path / "runs" / "again")
    assert run.config == config
    assert run.epochs == (0, 1)
    assert len(scope["steps"]) == 2
    assert [end.epoch for end in scope["ends"]] == [0, 1]
    if config.kind == "diffusion":
        assert scope["pictures"].shape == (16, 16, 16, 3)
    if config.kind == "points":
        assert scope["points"].shape == (512, 2)
