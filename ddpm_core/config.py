"""Every setting of a run, as frozen dataclasses: the command line, the app and the run folder all read these."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import dacite

from ddpm_core.errors import Message, require, require_between, require_choice
from ddpm_core.network.config import MLPConfig as MLPConfig
from ddpm_core.network.config import UNetConfig as UNetConfig

ScheduleKind = Literal["linear", "cosine", "sigmoid", "quadratic"]
PredictionType = Literal["eps", "x0", "v"]
LossWeighting = Literal["simple", "min_snr"]
LrSchedule = Literal["constant", "linear", "cosine", "exponential"]
Precision = Literal["auto", "float32", "bfloat16"]
Device = Literal["auto", "cpu", "cuda"]
SamplerName = Literal["ddpm", "ddim", "dpmpp_2m"]
VarianceType = Literal["fixed_small", "fixed_large"]
Spacing = Literal["leading", "linspace", "trailing", "quadratic"]
RunKind = Literal["diffusion", "denoiser", "points"]
"""What a run is: a diffusion model of pictures, a one-step denoiser of pictures, a diffusion model of points."""
KINDS_WITH_T: tuple[RunKind, ...] = ("diffusion", "points")
"""Their network sees t: the schedule matters, and losses can be told apart by t."""
KINDS_THAT_SAMPLE: tuple[RunKind, ...] = ("diffusion", "points")
"""They make something from pure noise."""
MAX_SHIFT = 8


@dataclass(frozen=True)
class ScheduleConfig:
    """The forward process: how fast noise replaces the picture."""

    kind: ScheduleKind = "cosine"
    num_timesteps: int = 1000
    """T."""
    beta_1: float = 1e-4
    """First beta of the linear and quadratic kinds."""
    beta_T: float = 0.02
    """Last beta of the linear and quadratic kinds."""
    cosine_s: float = 0.008
    """Offset s of the cosine kind."""
    sigmoid_start: float = -3.0
    sigmoid_end: float = 3.0
    sigmoid_tau: float = 1.0
    """Start, end and temperature of the sigmoid kind."""
    zero_terminal_snr: bool = False
    """Rescale so that alphas_cumprod[T] is exactly 0."""

    def __post_init__(self) -> None:
        require_choice("schedule.kind", self.kind, ScheduleKind)
        require_between("schedule.num_timesteps", self.num_timesteps, 1, 10_000)
        require(0 < self.beta_1 < 1, "schedule.beta_1", self.beta_1, Message("allowed.between_0_and_1"))
        require(self.beta_1 <= self.beta_T < 1, "schedule.beta_T", self.beta_T, Message("allowed.from_beta_1"))
        require_between("schedule.cosine_s", self.cosine_s, 0, 0.5)
        rises = self.sigmoid_start < self.sigmoid_end
        require(rises, "schedule.sigmoid_start", self.sigmoid_start, Message("allowed.below_end"))
        require(self.sigmoid_tau > 0, "schedule.sigmoid_tau", self.sigmoid_tau, Message("allowed.above_0"))


@dataclass(frozen=True)
class DataConfig:
    """Which pictures, how many, and which of them are held out."""

    name: str = "sprites"
    """sprites, mnist, or another name that `python -m ddpm_core data list` prints."""
    num_pictures: int = 20_000
    """How many to train on; 0 takes all there are (files only)."""
    num_validation: int = 512
    """Held-out pictures for the validation loss."""
    seed: int = 0
    """Seed of procedural pictures."""
    flip: bool = False
    """While training, mirror every second picture: more variety where pictures are few and both ways are right."""
    shift: int = 0
    """While training, move each picture by up to this many pixels each way."""

    def __post_init__(self) -> None:
        require_between("data.num_pictures", self.num_pictures, 0, 1_000_000)
        require_between("data.num_validation", self.num_validation, 1, 10_000)
        require_between("data.seed", self.seed, 0, 2**31 - 1)
        require_between("data.shift", self.shift, 0, MAX_SHIFT, "allowed.off_to_pixels")


@dataclass(frozen=True)
class TrainConfig:
    """One training run, whole: written to the run folder, enough to train it again."""

    data: DataConfig = field(default_factory=DataConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    unet: UNetConfig = field(default_factory=UNetConfig)
    mlp: MLPConfig | None = None
    """The network of a run on points, which takes the U-Net's place."""
    prediction_type: PredictionType = "v"
    class_conditional: bool = True
    p_uncond: float = 0.1
    """Share of labels dropped while training, so that guidance has an unconditional branch."""
    num_epochs: int = 32
    batch_size: int = 100
    learning_rate: float = 2e-3
    lr_schedule: LrSchedule = "cosine"
    lr_final_factor: float = 0.05
    """learning_rate at the end, as a factor of the start."""
    lr_warmup_steps: int = 50
    """Steps over which the learning rate first rises from 0."""
    weight_decay: float = 0.0
    grad_clip: float = 1.0
    """Largest gradient norm; 0 leaves gradients alone."""
    ema_decay: float = 0.995
    """Decay of the weights' exponential moving average; 0 keeps the raw ones."""
    loss_weighting: LossWeighting = "simple"
    min_snr_gamma: float = 5.0
    clipped_loss: bool = False
    """Take answers beyond black or white for right where the picture is black or white, as sampling clips them."""
    t_per_batch: bool = False
    """One t for a whole batch instead of one per picture: the lesson's mistake, for comparison."""
    denoiser_sigma: float = 0.0
    """Above 0: train a one-step denoiser of x0 + sigma * eps (pixels in [0, 1]) instead of a diffusion model."""
    keep_epochs: tuple[int, ...] = (0, 1, 2, 5, 9, 16, 32)
    """Epochs whose checkpoints stay; the last one always does."""
    seed: int = 0
    precision: Precision = "auto"
    device: Device = "auto"
    num_threads: int = 0
    """CPU threads; 0 measures how many are fastest and keeps to that."""
    max_seconds: float = 0.0
    """End after this much training time, at the learning-rate schedule's end; 0: no limit."""

    def __post_init__(self) -> None:
        kinds = {"prediction_type": PredictionType, "lr_schedule": LrSchedule, "loss_weighting": LossWeighting}
        for name, literal in (kinds | {"precision": Precision, "device": Device}).items():
            require_choice(name, getattr(self, name), literal)
        require(0 <= self.p_uncond < 1, "p_uncond", self.p_uncond, Message("allowed.share"))
        require_between("num_epochs", self.num_epochs, 1, 10_000)
        require_between("batch_size", self.batch_size, 1, 65_536)
        require(0 < self.learning_rate <= 1, "learning_rate", self.learning_rate, Message("allowed.above_0_to_1"))
        require(0 < self.lr_final_factor <= 1, "lr_final_factor", self.lr_final_factor, Message("allowed.above_0_to_1"))
        require(self.lr_warmup_steps >= 0, "lr_warmup_steps", self.lr_warmup_steps, Message("allowed.zero_or_more"))
        require_between("weight_decay", self.weight_decay, 0, 10)
        require(self.grad_clip >= 0, "grad_clip", self.grad_clip, Message("allowed.off_or_more"))
        require(0 <= self.ema_decay < 1, "ema_decay", self.ema_decay, Message("allowed.share"))
        require(self.min_snr_gamma > 0, "min_snr_gamma", self.min_snr_gamma, Message("allowed.above_0"))
        require_between("denoiser_sigma", self.denoiser_sigma, 0, 10, "allowed.off_to")
        require(all(e >= 0 for e in self.keep_epochs), "keep_epochs", self.keep_epochs, Message("allowed.epochs"))
        require_between("num_threads", self.num_threads, 0, 1024, "allowed.measured_to")
        require(self.max_seconds >= 0, "max_seconds", self.max_seconds, Message("allowed.no_limit_or_more"))
        require_between("seed", self.seed, 0, 2**31 - 1)
        self._check_combinations()

    def _check_combinations(self) -> None:
        if self.prediction_type == "eps" and self.schedule.zero_terminal_snr:
            raise ValueError(Message("config.eps_without_signal"))
        if self.mlp and (self.denoiser_sigma or not self.unet.time_conditioned):
            raise ValueError(Message("config.mlp_sees_t"))
        sees_more = self.unet.time_conditioned or self.class_conditional
        if self.denoiser_sigma and (sees_more or self.prediction_type != "x0"):
            raise ValueError(Message("config.one_step_sees_nothing", sigma=self.denoiser_sigma))
        if not self.denoiser_sigma and not self.unet.time_conditioned:
            raise ValueError(Message("config.only_one_step"))

    @property
    def kind(self) -> RunKind:
        """What this run is; whatever differs by it is looked up by this name."""
        if self.denoiser_sigma:
            return "denoiser"
        return "points" if self.mlp else "diffusion"


@dataclass(frozen=True)
class SampleConfig:
    """One request for pictures."""

    sampler: SamplerName = "ddim"
    num_sampling_steps: int = 50
    spacing: Spacing = "trailing"
    """Which of the T timesteps are visited."""
    eta: float = 0.0
    """DDIM's noise: 0 is deterministic, 1 over all steps is DDPM."""
    variance_type: VarianceType = "fixed_small"
    """DDPM's variance."""
    guidance_scale: float = 1.0
    """1 is off."""
    clip_x0_hat: bool = True
    num_pictures: int = 16
    labels: tuple[int, ...] = ()
    """Classes, repeated over the pictures; empty asks for every class in turn, -1 for none."""
    seed: int = 0
    """Picture k of a seed is the same whatever the number of pictures."""

    def __post_init__(self) -> None:
        require_choice("sampler", self.sampler, SamplerName)
        require_choice("spacing", self.spacing, Spacing)
        require_choice("variance_type", self.variance_type, VarianceType)
        steps = self.num_sampling_steps
        require(steps >= 1, "num_sampling_steps", steps, Message("allowed.range", low=1, high="T"))
        require_between("eta", self.eta, 0, 1)
        require_between("guidance_scale", self.guidance_scale, 0, 20, "allowed.guidance_scale")
        require_between("num_pictures", self.num_pictures, 1, 100_000)
        require(all(label >= -1 for label in self.labels), "labels", self.labels, Message("allowed.classes"))
        require_between("seed", self.seed, 0, 2**31 - 1)


Config = TypeVar("Config")
# JSON has no tuples, and a person writes 1 for 1.0; nothing else is converted.
_FROM_JSON: dict[Any, Any] = {float: lambda v: float(v) if type(v) is int else v}
_FROM_JSON |= dict.fromkeys((tuple[int, ...], tuple[str, ...]), lambda v: tuple(v) if isinstance(v, list) else v)


def to_dict(config: Any) -> dict[str, Any]:
    """A config as plain JSON values."""
    return dict(json.loads(json.dumps(dataclasses.asdict(config))))


def from_dict(cls: type[Config], values: Mapping[str, Any]) -> Config:
    """A config from plain JSON values; an unknown name or a wrong type is a ValueError that names it."""
    require(isinstance(values, Mapping), cls.__name__, values, Message("allowed.object"))
    try:
        return dacite.from_dict(cls, values, dacite.Config(strict=True, type_hooks=_FROM_JSON))
    except dacite.DaciteError as error:
        raise ValueError(Message("config.unreadable", type=cls.__name__, reason=_reason(error))) from error


def _reason(error: dacite.DaciteError) -> str:
    if isinstance(error, dacite.UnexpectedDataError):
        return Message("config.unknown_fields", fields=", ".join(f'"{key}"' for key in error.keys))
    if isinstance(error, dacite.MissingValueError):
        return Message("config.missing_field", field=error.field_path)
    if type(error) is dacite.WrongTypeError:
        wanted, got = getattr(error.field_type, "__name__", error.field_type), type(error.value).__name__
        return Message("config.wrong_type", field=error.field_path, wanted=wanted, value=error.value, type=got)
    return str(error)
