"""Ready-made runs. `*_quick` train in front of a class; the course presets follow a course's recipe."""

from __future__ import annotations

from dataclasses import replace

from ddpm_core.config import DataConfig, ScheduleConfig, TrainConfig, UNetConfig

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

PRESETS: dict[str, TrainConfig] = {
    # The shipped run: full resolution, so that it can be exported; about half an hour on two cores.
    "sprites": TrainConfig(),
    # Two minutes on two cores: few pictures per epoch, so that something is seen early. Full resolution pays: at half
    # (pixel-unshuffle) 70 % more pictures pass in the same time, but outlines stay blurred.
    "sprites_quick": TrainConfig(
        data=DataConfig(name="sprites", num_pictures=8_000),
        num_epochs=12,
        batch_size=64,
        keep_epochs=(0, 1, 2, 5, 9, 12),
    ),
    # Three minutes on two cores.
    "mnist_quick": TrainConfig(
        data=DataConfig(name="mnist", num_pictures=12_000),
        unet=UNetConfig(base_channels=32, channel_mults=(1, 2), patch_size=2),
        num_epochs=12,
        batch_size=64,
        learning_rate=3e-3,
        keep_epochs=(0, 1, 2, 5, 9, 12),
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
