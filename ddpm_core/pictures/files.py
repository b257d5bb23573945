"""Pictures as files: a PNG of rows, a GIF of frames. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ddpm_core.atomic import replacing

Pictures = NDArray[np.uint8]
"""uint8 (N, H, W, C), C = 1 or 3."""


def grid_image(rows: Sequence[Pictures], scale: int = 1) -> Image.Image:
    """Rows of pictures without gaps, each pixel drawn scale times; a row shorter than the longest ends in white."""
    strips = [np.concatenate(list(row), axis=1) for row in rows]
    width = max(strip.shape[1] for strip in strips)
    padded = [np.pad(s, ((0, 0), (0, width - s.shape[1]), (0, 0)), constant_values=255) for s in strips]
    grid = np.concatenate(padded, axis=0)
    image = Image.fromarray(grid[..., 0] if grid.shape[-1] == 1 else grid)
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def save_grid(path: Path, rows: Sequence[Pictures], scale: int = 1) -> None:
    """Write rows of pictures as one PNG, whole or not at all."""
    with replacing(path) as temporary:
        grid_image(rows, scale).save(temporary, format="PNG")


def write_gif(file: Path | BinaryIO, frames: Sequence[Pictures], columns: int, scale: int = 4) -> None:
    """Write frames of N pictures each as an endless GIF; the last frame is held for two seconds.

    256 colours, so colours are off by up to about 11 of 255: for sharing, not for measuring.
    """
    images = [grid_image([f[i : i + columns] for i in range(0, len(f), columns)], scale) for f in frames]
    durations = [60] * (len(images) - 1) + [2000]
    images[0].save(file, format="GIF", save_all=True, append_images=images[1:], duration=durations, loop=0)
