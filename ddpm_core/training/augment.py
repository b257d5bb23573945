"""More variety out of few pictures: mirrored and moved a little, anew each time they are trained on."""

from __future__ import annotations

import torch
from torch import Generator, Tensor


def augment(x0: Tensor, flip: bool, shift: int, generator: Generator) -> Tensor:
    """Mirror each picture with chance one half, and move it by up to `shift` pixels each way.

    x0: (N, C, H, W), any values, returned in the same shape; what moves in continues the picture's edge.
    The generator, on x0's device, is asked only for what is on: with both off, x0 comes back as it is.
    """
    num, _, height, width = x0.shape
    columns = torch.arange(width, device=x0.device).expand(num, width)
    rows = torch.arange(height, device=x0.device).expand(num, height)
    if flip:
        mirrored = torch.rand(num, 1, generator=generator, device=x0.device) < 0.5
        columns = torch.where(mirrored, width - 1 - columns, columns)
    if shift:
        moved = torch.randint(-shift, shift + 1, (2, num, 1), generator=generator, device=x0.device)
        rows = (rows + moved[0]).clamp(0, height - 1)
        # Moved after it was mirrored: the index into the mirrored picture is clamped, then looked up.
        columns = columns.gather(1, (torch.arange(width, device=x0.device) + moved[1]).clamp(0, width - 1))
    if not (flip or shift):
        return x0
    pictures = torch.arange(num, device=x0.device)[:, None, None]
    # Indices stand on both sides of the slice, so that channels come last: back they go.
    return x0[pictures, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
