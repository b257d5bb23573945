"""Background work: runs in a queue, the processes that train them, short computations, and runs as files."""

from pathlib import Path

from ddpm_core import errors

errors.ENGLISH |= errors.read_table(Path(__file__).with_name("errors.toml"))
