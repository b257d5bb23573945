"""What a training run is made of; `ddpm_core.trainer` puts it together."""
