"""A checkpoint's network as one ONNX file, for a browser or another runtime, and what is needed to sample beside it."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import torch
from torch import Tensor

from ddpm_core.atomic import replacing
from ddpm_core.config import KINDS_WITH_T
from ddpm_core.errors import require
from ddpm_core.export.common import optional
from ddpm_core.network.base import Network
from ddpm_core.runs.checkpoint import load_model
from ddpm_core.runs.folder import CheckpointHeader, RunFolder, describe
from ddpm_core.schedule import NoiseSchedule

OPSET = 17


def export_onnx(run: RunFolder, epoch: int, out: Path) -> Path:
    """Write `out`, and `out` with .json in the place of .onnx: the run's config and alphas_cumprod. Returns `out`.

    Inputs xt (N, C, H, W) float32, t (N,) and label (N,) int64, as UNet.forward takes them; no label for a network
    without classes, no t for a one-step denoiser. Output: eps, x0 or v, as the config's prediction_type says. Any N.
    Raises ValueError for a name that does not end in .onnx, or when the onnx package is missing.
    """
    require(out.suffix == ".onnx", "out", str(out), "a name that ends in .onnx")
    optional("onnx")
    header = run.header(epoch)
    model, _ = load_model(run.checkpoint(epoch))
    inputs = _example(model, header)
    batch = {name: {0: "N"} for name in (*inputs, "output")}
    with replacing(out) as temporary, warnings.catch_warnings():
        # The exporter through torch.export is newer, but needs one more package. Traced shape checks are constants:
        # the warnings say so, and a wrong shape is the runtime's to report.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            tuple(inputs.values()),
            temporary,
            input_names=list(inputs),
            output_names=["output"],
            dynamic_axes=batch,
            opset_version=OPSET,
            dynamo=False,
        )
    values = describe(header.config, header.data_info) | {"epoch": header.epoch, "sha256": header.sha256}
    if header.config.kind in KINDS_WITH_T:
        # Index t, from the clean picture at 0 to T.
        values["alphas_cumprod"] = NoiseSchedule(header.config.schedule).alphas_cumprod.tolist()
    with replacing(out.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(values) + "\n", encoding="utf-8")
    return out


def _example(model: Network, header: CheckpointHeader) -> dict[str, Tensor]:
    """Inputs to trace with, by name; a batch of two, since one may be taken for a constant."""
    info = header.data_info
    inputs = {"xt": torch.zeros(2, info.channels, info.height, info.width)}
    if model.condition is not None:
        inputs["t"] = torch.ones(2, dtype=torch.int64)
    if model.num_classes:
        inputs["label"] = torch.zeros(2, dtype=torch.int64)
    return inputs
