"""The command line: `python -m ddpm_core`."""
