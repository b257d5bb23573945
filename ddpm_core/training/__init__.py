"""What a training run is made of; `ddpm_core.training.trainer` puts it together."""
