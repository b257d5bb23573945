"""The U-Net: residual blocks down to a low resolution and up again, joined by skips (2006.11239, appendix B)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, repeat

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddpm_core.config import UNetConfig
from ddpm_core.errors import require
from ddpm_core.network.base import Network
from ddpm_core.network.embedding import ConditionEmbedding


class ResBlock(nn.Module):
    """norm - SiLU - conv twice, the condition added between, plus the input.

    The layer `emb` is the network's to apply, with those of all blocks at once (`UNet._embeddings`).
    """

    def __init__(self, in_channels: int, out_channels: int, emb_channels: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.emb = nn.Linear(emb_channels, out_channels) if emb_channels else None
        self.norm2 = nn.GroupNorm(groups, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        same = in_channels == out_channels
        self.skip = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor, emb: Tensor | None) -> Tensor:
        """x: (N, in_channels, H, W); emb: (N, out_channels), what `emb` makes of the condition, or None."""
        h = self.conv1(F.silu(self.norm1(x)))
        if emb is not None:
            h = h + emb[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        out: Tensor = self.skip(x) + h
        return out


class Attention(nn.Module):
    """Single-head self-attention over the pixels, plus the input (2006.11239, appendix B)."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        pixels = self.norm(x).flatten(2).transpose(1, 2)  # (N, H*W, C)
        q, k, v = self.qkv(pixels).chunk(3, dim=-1)
        attended: Tensor = self.out(F.scaled_dot_product_attention(q, k, v))
        return x + attended.transpose(1, 2).reshape(x.shape)


class UNet(Network):
    """A noisy picture, its t and its class in; eps, x0 or v out, with the picture's shape."""

    def __init__(self, config: UNetConfig, in_channels: int, num_classes: int = 0) -> None:
        super().__init__()
        self.config, self.in_channels, self.num_classes = config, in_channels, num_classes
        c, groups, depth = config.base_channels, config.num_groups, config.num_res_blocks
        widths = [c * m for m in config.channel_mults]
        emb = 4 * c if config.time_conditioned else 0
        self.condition = ConditionEmbedding(c, num_classes) if config.time_conditioned else None

        outer = in_channels * config.patch_size**2
        self.stem = nn.Conv2d(outer, c, 3, padding=1)
        skips = [c]
        self.down_blocks, self.downsamplers = nn.ModuleList(), nn.ModuleList()
        for i, (before, width) in enumerate(pairwise([c, *widths])):
            blocks = [ResBlock(before if j == 0 else width, width, emb, groups) for j in range(depth)]
            self.down_blocks.append(nn.ModuleList(blocks))
            skips += [width] * depth
            if i < len(widths) - 1:
                self.downsamplers.append(nn.Conv2d(width, width, 3, stride=2, padding=1))
                skips.append(width)

        lowest = widths[-1]
        self.middle1 = ResBlock(lowest, lowest, emb, groups)
        self.attention = Attention(lowest, groups) if config.attention else None
        self.middle2 = ResBlock(lowest, lowest, emb, groups)

        self.up_blocks, self.upsamplers = nn.ModuleList(), nn.ModuleList()
        channels = lowest
        for i, width in reversed(list(enumerate(widths))):
            blocks = []
            for _ in range(depth + 1):
                blocks.append(ResBlock(channels + skips.pop(), width, emb, groups))
                channels = width
            self.up_blocks.append(nn.ModuleList(blocks))
            if i > 0:
                self.upsamplers.append(nn.Conv2d(width, width, 3, padding=1))
        self.norm = nn.GroupNorm(groups, widths[0])
        self.head = nn.Conv2d(widths[0], outer, 3, padding=1)
        blocks_in_order = [module for module in self.modules() if isinstance(module, ResBlock)]
        self._emb_layers = [block.emb for block in blocks_in_order if block.emb is not None]

    def forward(self, xt: Tensor, t: Tensor | None = None, label: Tensor | None = None) -> Tensor:
        """Predict from xt (N, C, H, W) in [-1, 1] scale, t (N,) in 1..T, label (N,) in 0..num_classes (the null label).

        t is None exactly for a network without time; label None means the null label. Raises ValueError otherwise.
        """
        self._check(xt, t, label)
        embs = self._embeddings(t, label)
        h = self.stem(F.pixel_unshuffle(xt, self.config.patch_size))
        skips = [h]
        for i, blocks in enumerate(self.down_blocks):
            for block in blocks:  # type: ignore[attr-defined]
                h = block(h, next(embs))
                skips.append(h)
            if i < len(self.downsamplers):
                h = self.downsamplers[i](h)
                skips.append(h)
        h = self.middle1(h, next(embs))
        if self.attention is not None:
            h = self.attention(h)
        h = self.middle2(h, next(embs))
        for i, blocks in enumerate(self.up_blocks):
            for block in blocks:  # type: ignore[attr-defined]
                h = block(torch.cat([h, skips.pop()], dim=1), next(embs))
            if i < len(self.upsamplers):
                h = self.upsamplers[i](F.interpolate(h, scale_factor=2.0, mode="nearest"))
        out = self.head(F.silu(self.norm(h)))
        return F.pixel_shuffle(out, self.config.patch_size)

    def _embeddings(self, t: Tensor | None, label: Tensor | None) -> Iterator[Tensor | None]:
        """What each residual block adds, (N, out_channels), in the order of forward: one product instead of many."""
        if self.condition is None:
            return repeat(None)
        layers = self._emb_layers
        weight, bias = torch.cat([layer.weight for layer in layers]), torch.cat([layer.bias for layer in layers])
        added = F.linear(F.silu(self.condition(t, label)), weight, bias)
        return iter(torch.split(added, [layer.out_features for layer in layers], dim=1))

    def _check(self, xt: Tensor, t: Tensor | None, label: Tensor | None) -> None:
        divisor = self.config.size_divisor
        fits = xt.ndim == 4 and xt.shape[1] == self.in_channels
        fits = fits and xt.shape[2] % divisor == 0 and xt.shape[3] % divisor == 0
        wanted = f"(N, {self.in_channels}, H, W) with H and W multiples of {divisor}"
        require(fits, "the shape of xt", tuple(xt.shape), wanted)
        self.check_conditions(xt.shape[0], t, label)
