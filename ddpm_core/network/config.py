"""The shapes of the two networks: the U-Net of pictures, the MLP of points."""

from __future__ import annotations

from dataclasses import dataclass

from ddpm_core.errors import Message, require, require_between


@dataclass(frozen=True)
class UNetConfig:
    """The network's shape; picture channels and classes come from the data."""

    base_channels: int = 32
    channel_mults: tuple[int, ...] = (1, 2, 2)
    """Channels of each level, as multiples of base_channels; each level halves the resolution."""
    num_res_blocks: int = 1
    """Residual blocks per level on the way down (one more on the way up)."""
    num_groups: int = 8
    """Groups of every group norm; divides base_channels."""
    attention: bool = False
    """Self-attention at the lowest level."""
    patch_size: int = 1
    """Pixel-unshuffle stem: 2 works at half resolution (1: no stem)."""
    time_conditioned: bool = True
    """False for the one-step denoiser, which sees no t."""

    def __post_init__(self) -> None:
        fits = 1 <= len(self.channel_mults) <= 5 and min(self.channel_mults) >= 1
        require(fits, "unet.channel_mults", self.channel_mults, Message("allowed.channel_mults"))
        require_between("unet.num_res_blocks", self.num_res_blocks, 1, 8)
        require(self.patch_size in (1, 2, 4), "unet.patch_size", self.patch_size, Message("allowed.patch_size"))
        even = 2 <= self.base_channels <= 1024 and self.base_channels % 2 == 0  # sines and cosines
        require(even, "unet.base_channels", self.base_channels, Message("allowed.even", low=2, high=1024))
        divides = self.num_groups >= 1 and self.base_channels % self.num_groups == 0
        require(divides, "unet.num_groups", self.num_groups, Message("allowed.divisors", channels=self.base_channels))

    @property
    def size_divisor(self) -> int:
        """Height and width of a picture must be multiples of this."""
        return self.patch_size * int(2 ** (len(self.channel_mults) - 1))


@dataclass(frozen=True)
class MLPConfig:
    """The shape of the network for points; their coordinates and classes come from the data."""

    width: int = 128
    """Values in each layer."""
    depth: int = 3
    """Residual blocks, each told t and the class."""

    def __post_init__(self) -> None:
        fits = 8 <= self.width <= 1024 and self.width % 8 == 0  # a quarter of it are sines and cosines
        require(fits, "mlp.width", self.width, Message("allowed.multiples_of_8", low=8, high=1024))
        require_between("mlp.depth", self.depth, 1, 16)
