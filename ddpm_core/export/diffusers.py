"""A checkpoint as a folder that diffusers' DDPMPipeline and DDIMPipeline load; our U-Net is a UNet2DModel by design."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ddpm_core.config import TrainConfig
from ddpm_core.data import DataInfo
from ddpm_core.errors import require
from ddpm_core.export.common import optional
from ddpm_core.network.unet import UNet
from ddpm_core.runs.checkpoint import load_model
from ddpm_core.runs.folder import RunFolder
from ddpm_core.schedule import NoiseSchedule

PREDICTION_TYPES = {"eps": "epsilon", "x0": "sample", "v": "v_prediction"}

LARGEST_BETA = 1 - 2**-24
"""Just below 1 in float32: with zero terminal SNR, log(snr_T) must still be a number there."""

# Ours -> UNet2DModel's, one pattern per kind of module; the order matters only in that blocks come before their parts.
_RENAMES = (
    (r"^condition\.mlp\.0\.", "time_embedding.linear_1."),
    (r"^condition\.mlp\.2\.", "time_embedding.linear_2."),
    (r"^condition\.label\.", "class_embedding."),
    (r"^stem\.", "conv_in."),
    (r"^norm\.", "conv_norm_out."),
    (r"^head\.", "conv_out."),
    (r"^(down|up)_blocks\.(\d+)\.(\d+)\.", r"\1_blocks.\2.resnets.\3."),
    (r"^(down|up)samplers\.(\d+)\.", r"\1_blocks.\2.\1samplers.0.conv."),
    (r"^middle1\.", "mid_block.resnets.0."),
    (r"^middle2\.", "mid_block.resnets.1."),
    (r"^attention\.norm\.", "mid_block.attentions.0.group_norm."),
    (r"^attention\.out\.", "mid_block.attentions.0.to_out.0."),
    (r"^attention\.(to_[qkv])\.", r"mid_block.attentions.0.\1."),
    (r"\.emb\.", ".time_emb_proj."),
    (r"\.skip\.", ".conv_shortcut."),
)

README = """\
# {name}, epoch {epoch}, for diffusers

    from diffusers import DDIMPipeline, DDPMPipeline
    pictures = DDPMPipeline.from_pretrained("{folder}")(batch_size=16, num_inference_steps={T}).images
    pictures = DDIMPipeline.from_pretrained("{folder}")(
        batch_size=16, num_inference_steps={n}, use_clipped_model_output=True).images

Class asked for: {label}. `use_clipped_model_output` derives eps again from the clipped x0, as DDPM Lab does.
"""

CONDITIONAL_README = """
The network that takes class labels (0 to {last}; {null} asks for none):

    UNet2DModel.from_pretrained("{folder}", subfolder="unet_conditional")(xt, timestep, class_labels=labels).sample
"""


def export_diffusers(run: RunFolder, epoch: int, out: Path, label: int | None = None) -> Path:
    """Write a pipeline's folder: model_index.json, unet/, scheduler/, README.md; with classes, unet_conditional/ too.

    The stock pipelines pass no labels: the embedding of `label` (None: the null label) is added to the time embedding's
    last bias, which is exact, because the network only ever sees their sum. Returns `out`.
    Raises ValueError for a network or label that diffusers cannot represent, or a folder that is not empty.
    """
    run.header(epoch)
    model, header = load_model(run.checkpoint(epoch))
    if not isinstance(model, UNet):
        raise ValueError(
            f"{run.data_info.name} are points, and diffusers has no network for points. Export this run to ONNX."
        )
    _check(model, label)
    diffusers = optional("diffusers")
    empty = not out.exists() or (out.is_dir() and not any(out.iterdir()))  # nothing old mixes with what is written
    require(empty, "out", str(out), "a folder that is new or empty")
    out.mkdir(parents=True, exist_ok=True)
    weights = convert(model)
    if model.num_classes:
        conditional = diffusers.UNet2DModel(**unet_config(model, header.data_info, class_labels=True))
        conditional.load_state_dict(weights)
        conditional.save_pretrained(out / "unet_conditional")
    unet = diffusers.UNet2DModel(**unet_config(model, header.data_info))
    unet.load_state_dict(fold_label(weights, model.num_classes if label is None else label))
    scheduler = diffusers.DPMSolverMultistepScheduler(**scheduler_config(header.config))
    (out / "README.md").write_text(_readme(run, model, header.config, epoch, label, out), encoding="utf-8")
    diffusers.DDPMPipeline(unet=unet, scheduler=scheduler).save_pretrained(out)
    return out


def unet_config(model: UNet, info: DataInfo, *, class_labels: bool = False) -> dict[str, Any]:
    """The arguments of the UNet2DModel that computes what `model` computes."""
    config = model.config
    levels = len(config.channel_mults)
    return {
        "sample_size": info.height if info.height == info.width else (info.height, info.width),
        "in_channels": model.in_channels,
        "out_channels": model.in_channels,
        "down_block_types": ("DownBlock2D",) * levels,
        "up_block_types": ("UpBlock2D",) * levels,
        "block_out_channels": tuple(config.base_channels * m for m in config.channel_mults),
        "layers_per_block": config.num_res_blocks,
        "norm_num_groups": config.num_groups,
        "norm_eps": model.norm.eps,
        "attention_head_dim": None,  # one head
        "add_attention": config.attention,
        "freq_shift": 0,
        "flip_sin_to_cos": True,  # cosines first
        "num_class_embeds": model.num_classes + 1 if class_labels else None,
    }


def scheduler_config(config: TrainConfig) -> dict[str, Any]:
    """The arguments of a DPMSolverMultistepScheduler that steps as `ddpm_step` does; its index 0 is our t = 1.

    First-order SDE-DPM-Solver++ (2211.01095 section 5) is ancestral sampling with fixed_small. diffusers' own
    DDPMScheduler computes beta_t as 1 - ac_t / ac_prev in float32, which costs 1.4e-4 of white over the 1000 steps of
    a cosine schedule; this one works with log(snr) and stays within 2e-5.
    """
    schedule = NoiseSchedule(config.schedule)
    return {
        "num_train_timesteps": schedule.num_timesteps,
        "trained_betas": np.minimum(schedule.betas[1:], LARGEST_BETA).tolist(),
        "prediction_type": PREDICTION_TYPES[config.prediction_type],
        "algorithm_type": "sde-dpmsolver++",
        "solver_order": 1,
        "thresholding": True,  # with the largest value 1 this is no more than clipping
        "sample_max_value": 1.0,
        "timestep_spacing": "trailing",
    }


def convert(model: UNet) -> dict[str, Tensor]:
    """The weights under UNet2DModel's names; q, k and v part into three."""
    weights = dict(model.state_dict())
    for kind in ("weight", "bias"):
        if model.attention is not None:
            parts = weights.pop(f"attention.qkv.{kind}").chunk(3)
            weights |= {f"attention.to_{name}.{kind}": part for name, part in zip("qkv", parts, strict=True)}
    return {_renamed(name): value.contiguous() for name, value in weights.items()}


def fold_label(weights: Mapping[str, Tensor], label: int) -> dict[str, Tensor]:
    """Weights without a class embedding that compute what `weights` compute for one label."""
    folded = dict(weights)
    classes = folded.pop("class_embedding.weight", None)
    if classes is not None:
        bias = "time_embedding.linear_2.bias"
        folded[bias] = folded[bias] + classes[label]
    return folded


def _renamed(name: str) -> str:
    for pattern, replacement in _RENAMES:
        name = re.sub(pattern, replacement, name)
    return name


def _check(model: UNet, label: int | None) -> None:
    config = model.config
    remedy = "diffusers' UNet2DModel has no such part; train with {}, or export to ONNX"
    require(config.patch_size == 1, "unet.patch_size", config.patch_size, "1 (" + remedy.format("patch_size 1") + ")")
    require(config.time_conditioned, "unet.time_conditioned", False, "True (UNet2DModel needs t; export to ONNX)")
    mults = config.channel_mults
    require(mults[0] == 1, "unet.channel_mults", mults, "a 1 first (" + remedy.format("1 first") + ")")
    if label is not None:
        classes = f"0 to {model.num_classes}" if model.num_classes else "None: the network knows no classes"
        require(0 <= label <= model.num_classes > 0, "label", label, classes)


def _readme(run: RunFolder, model: UNet, config: TrainConfig, epoch: int, label: int | None, out: Path) -> str:
    names = [*run.data_info.class_names[: model.num_classes], "none"]
    asked = names[model.num_classes if label is None else label]
    big_t, null = config.schedule.num_timesteps, model.num_classes
    text = README.format(name=run.path.name, epoch=epoch, folder=out.name, T=big_t, n=min(50, big_t), label=asked)
    return text + (CONDITIONAL_README.format(last=null - 1, null=null, folder=out.name) if null else "")
