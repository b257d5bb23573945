"""Ready-made runs. `*_quick` train in front of a class; the course presets follow a course's recipe."""

from __future__ import annotations

import math
from dataclasses import replace

from ddpm_core.config import DataConfig, MLPConfig, ScheduleConfig, TrainConfig, UNetConfig
from ddpm_core.data import DataInfo

_EVERY_MNIST = DataConfig(name="mnist", num_pictures=0)

_CS180 = TrainConfig(
    data=_EVERY_MNIST,
    schedule=ScheduleConfig(kind="linear", num_timesteps=300, beta_1=1e-4, beta_T=0.02),
    unet=UNetConfig(base_channels=44, channel_mults=(1, 2, 2), num_groups=4),
    prediction_type="eps",
    num_epochs=20,
    batch_size=128,
    learning_rate=1e-3,
    lr_schedule="exponential",
    lr_final_factor=0.1,
    lr_warmup_steps=0,
    grad_clip=0,
    ema_decay=0,
    p_uncond=0.1,
    keep_epochs=(0, 1, 5, 20),
)

_MNIST_QUICK = TrainConfig(
    data=DataConfig(name="mnist", num_pictures=12_000),
    unet=UNetConfig(base_channels=32, channel_mults=(1, 2), num_groups=2, patch_size=2),
    num_epochs=18,
    batch_size=64,
    learning_rate=3e-3,
    clipped_loss=True,  # or faint noise stays in the black ground (docs/decisions/0006)
    keep_epochs=(0, 1, 2, 5, 9, 18),
)

PRESETS: dict[str, TrainConfig] = {
    # The shipped run: full resolution, so that it can be exported; about half an hour on two cores.
    "sprites": TrainConfig(),
    # Two minutes on two cores: few pictures per epoch, so that something is seen early. Full resolution pays: at half
    # (pixel-unshuffle) 70 % more pictures pass in the same time, but outlines stay blurred.
    "sprites_quick": TrainConfig(
        data=DataConfig(name="sprites", num_pictures=8_000),
        unet=UNetConfig(num_groups=2),
        num_epochs=12,
        batch_size=64,
        keep_epochs=(0, 1, 2, 5, 9, 12),
    ),
    # Three minutes on two cores.
    "mnist_quick": _MNIST_QUICK,
    "digits_quick": replace(_MNIST_QUICK, data=DataConfig(name="digits", num_pictures=12_000)),
    # Half a minute on one core: coarse shape first, then sharp. Any other set of points trains as well (data.name).
    "points": TrainConfig(
        data=DataConfig(name="eight_gaussians", num_pictures=8_000, num_validation=1_000),
        mlp=MLPConfig(),
        num_epochs=64,
        batch_size=200,
        learning_rate=3e-3,
        keep_epochs=(0, 1, 2, 5, 9, 16, 32, 64),
        precision="float32",
    ),
    # CS180 5B, part 2, at a size that one core trains in an hour: T, batch, epochs and learning rate are the project's.
    # Deviations: betas scaled so that x_T is noise (T = 300 with the project's leaves sqrt(alphas_cumprod[T]) = 0.22),
    # v-prediction (2 epochs of eps: 51 % of samples are the digit asked for, of v: 88 %), half resolution with
    # attention, EMA.
    "mnist": replace(
        _CS180,
        schedule=ScheduleConfig(kind="linear", num_timesteps=300, beta_1=1e-4 / 0.3, beta_T=0.02 / 0.3),
        unet=UNetConfig(base_channels=48, channel_mults=(1, 2), attention=True, patch_size=2),
        prediction_type="v",
        grad_clip=1.0,
        lr_warmup_steps=50,
        ema_decay=0.999,
    ),
    # DeepLearning.AI, "How Diffusion Models Work": T, betas, batch, epochs and learning rate are the course's; the
    # U-Net is ours at the course's size (1.5 M parameters). Deviations: q_sample takes sqrt(1 - alphas_cumprod) where
    # the course's code takes its square; procedural sprites instead of the course's; AdamW without decay for Adam.
    "course_sprites": TrainConfig(
        schedule=ScheduleConfig(kind="linear", num_timesteps=500, beta_1=1e-4, beta_T=0.02),
        unet=UNetConfig(base_channels=38, channel_mults=(1, 2, 2), num_groups=2),
        prediction_type="eps",
        num_epochs=32,
        batch_size=100,
        learning_rate=1e-3,
        lr_schedule="linear",
        lr_final_factor=1 / 32,
        lr_warmup_steps=0,
        grad_clip=0,
        ema_decay=0,
        p_uncond=0.1,
        keep_epochs=(0, 1, 5, 9, 32),
    ),
    # Berkeley CS180 project 5B, part 1: denoise sigma = 0.5 in one step. Deviation: our U-Net, 1.8 M parameters.
    "cs180_one_step": TrainConfig(
        data=_EVERY_MNIST,
        unet=UNetConfig(base_channels=44, channel_mults=(1, 2, 2), num_groups=4, time_conditioned=False),
        prediction_type="x0",
        class_conditional=False,
        num_epochs=5,
        batch_size=256,
        learning_rate=1e-4,
        lr_schedule="constant",
        lr_warmup_steps=0,
        grad_clip=0,
        ema_decay=0,
        denoiser_sigma=0.5,
        keep_epochs=(0, 1, 5),
    ),
    # CS180 5B, part 2: T, betas, batch, epochs and learning rate are the project's; the course samples with
    # guidance_scale 5. Deviations: our U-Net (2.0 M parameters), sinusoids of t where the project feeds t / T.
    "cs180_time": replace(_CS180, class_conditional=False),
    "cs180_class": _CS180,
}

GUIDANCE = {"mnist_quick": 1.5, "digits_quick": 1.5}
"""guidance_scale that a preset's samples are best at, where it is not 1: a little makes up for a short training."""

PICTURES_SEEN = 96_000
"""By a run of preset_for, over all its epochs: two to three minutes on two cores."""
MOST_PICTURES, MOST_EPOCHS = 12_000, 400
FEW_PICTURES = 640
_KEPT = (0, 1, 2, 5, 10, 20, 50, 100, 200)


def preset_for(info: DataInfo, num_pictures: int | None) -> TrainConfig:
    """A run of a few minutes for any dataset, such as one's own.

    num_pictures: how many there are to train on; None where they are drawn without end. The fewer, the more epochs.
    """
    if info.is_points:
        points = PRESETS["points"]
        data = replace(points.data, name=info.name)
        return replace(points, data=data, class_conditional=bool(info.class_names))
    base = PRESETS["sprites_quick" if info.width < 24 else "mnist_quick"]
    # At a quarter of the resolution, where two levels still fit.
    unet = replace(base.unet, patch_size=4) if info.width >= 48 and info.width % 8 == 0 else base.unet
    num = min(num_pictures or MOST_PICTURES, MOST_PICTURES)
    epochs = min(max(1, math.ceil(PICTURES_SEEN / num)), MOST_EPOCHS)
    return replace(
        base,
        data=replace(base.data, name=info.name, num_pictures=num),
        unet=unet,
        class_conditional=len(info.class_names) > 1,
        num_epochs=epochs,
        batch_size=32 if num < FEW_PICTURES else base.batch_size,  # so that an epoch has a few steps
        keep_epochs=_KEPT,
    )
