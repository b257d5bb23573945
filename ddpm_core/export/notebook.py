"""A run as a Jupyter notebook that trains it again with ddpm_core alone. Needs no torch, and no Jupyter to write it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pprint import pformat
from typing import Any

from ddpm_core.config import RunKind, TrainConfig, to_dict

WORDS = ("intro", "place", "config", "train", "loss", "samples")
"""The texts between the cells, which `build` is given in the reader's language."""

_PLACE = """\
import sys

sys.path.insert(0, ".")"""

_CONFIG = """\
from ddpm_core.config import TrainConfig, from_dict

config = from_dict(TrainConfig, {values})"""

_TRAIN = """\
from pathlib import Path

from ddpm_core.training.trainer import total_steps, train
from tqdm import tqdm

folder = Path({folder!r})
total = total_steps(config, config.data.num_pictures) or None
with tqdm(total=total, unit="step") as bar:
    for event in train(config, folder):
        bar.update(event.step - bar.n)"""

_LOSS = """\
import matplotlib.pyplot as plt
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd, TrainStep
from ddpm_core.runs.folder import RunFolder

run = RunFolder(folder)
steps = CsvLog(run.metrics, TrainStep).rows()
ends = CsvLog(run.epoch_metrics, EpochEnd).rows()
plt.semilogy([s.step for s in steps], [s.loss for s in steps], linewidth=0.5, alpha=0.5, label="each batch")
plt.semilogy([e.step for e in ends], [e.val_loss_ema for e in ends], "o--", label="held out")
plt.xlabel("step")
plt.ylabel("mean squared error")
plt.legend()
plt.show()"""

_SAMPLE = """\
from ddpm_core.config import SampleConfig
from ddpm_core.runs.checkpoint import load_model
from ddpm_core.sampler import sample_pictures
from ddpm_core.schedule import NoiseSchedule

schedule = NoiseSchedule(config.schedule)
model, header = load_model(run.checkpoint(run.epochs[-1]))
request = SampleConfig("ddim", num_sampling_steps=min(50, schedule.num_timesteps), num_pictures={num}, seed=0)
size = (run.data_info.height, run.data_info.width)
for step in sample_pictures(model, schedule, config.prediction_type, request, size):
    pass  # a step of the walk from noise: step.t, step.xt, step.x0_hat, step.eps_hat"""

_PICTURES = """

from ddpm_core.pictures.files import grid_image
from ddpm_core.pictures.tensors import to_uint8

pictures = to_uint8(step.x0_hat)
image = grid_image([pictures[:8], pictures[8:]], scale=4)
plt.imshow(image, cmap="gray")
plt.axis("off")
plt.show()"""

_POINTS = """

points = step.x0_hat.flatten(1)
plt.scatter(points[:, 0], points[:, 1], s=4)
plt.axis("equal")
plt.show()"""

_ONE_STEP = """\
from PIL import Image

plt.imshow(Image.open(run.denoise(run.epochs[-1])), cmap="gray")
plt.axis("off")
plt.show()"""

_RESULT: dict[RunKind, str] = {
    "diffusion": _SAMPLE.format(num=16) + _PICTURES,
    "points": _SAMPLE.format(num=512) + _POINTS,
    "denoiser": _ONE_STEP,
}
"""The last cell: pictures, points, or what a one-step denoiser makes of noised pictures."""


def build(config: TrainConfig, folder: str, words: Mapping[str, str]) -> str:
    """The .ipynb of a run, nbformat 4.5: its config, training, loss curve and samples. `words`: see WORDS.

    folder: where the notebook trains into, relative to where it runs.
    """
    code = {
        "place": _PLACE,
        "config": _CONFIG.format(values=pformat(to_dict(config), width=100, sort_dicts=False)),
        "train": _TRAIN.format(folder=folder),
        "loss": _LOSS,
        "samples": _RESULT[config.kind],
    }
    cells = []
    for name in WORDS:
        cells.append(_cell("markdown", words[name]))
        if name in code:
            cells.append(_cell("code", code[name]))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    # Ids from the content: the same run gives the same file.
    for number, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{number}{cell['source']}".encode()).hexdigest()[:8]
    notebook = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
