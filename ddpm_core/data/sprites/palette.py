"""Colours of the sprites: each material is one OKLCH colour from which a hue-shifted ramp of tones is made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]
"""Lightness 0 to 1, chroma, hue in degrees (OKLCH)."""

OUTLINE, SHADOW, BASE, LIGHT, SHINE = range(5)
NUM_TONES = 5

RED: Colour = (0.60, 0.20, 25)
CRIMSON: Colour = (0.48, 0.18, 22)
ORANGE: Colour = (0.70, 0.17, 52)
YELLOW: Colour = (0.83, 0.16, 92)
LIME: Colour = (0.76, 0.18, 128)
GREEN: Colour = (0.62, 0.16, 148)
TEAL: Colour = (0.64, 0.11, 190)
SKY: Colour = (0.70, 0.13, 235)
BLUE: Colour = (0.55, 0.18, 262)
INDIGO: Colour = (0.48, 0.17, 282)
PURPLE: Colour = (0.56, 0.20, 306)
MAGENTA: Colour = (0.62, 0.22, 345)
PINK: Colour = (0.76, 0.13, 2)
BROWN: Colour = (0.49, 0.08, 52)
LEATHER: Colour = (0.56, 0.10, 55)
WOOD: Colour = (0.62, 0.10, 62)
CORK: Colour = (0.72, 0.09, 66)
STEEL: Colour = (0.75, 0.025, 255)
GOLD: Colour = (0.80, 0.145, 84)
COPPER: Colour = (0.64, 0.12, 48)
CREAM: Colour = (0.91, 0.045, 88)
WHITE: Colour = (0.92, 0.02, 250)
GREY: Colour = (0.62, 0.02, 265)
BLACK: Colour = (0.36, 0.03, 285)
TERRACOTTA: Colour = (0.63, 0.13, 42)

VIVID = (RED, ORANGE, YELLOW, LIME, GREEN, TEAL, SKY, BLUE, INDIGO, PURPLE, MAGENTA, PINK)

# Shadows drift to this hue, lights to that one: daylight with a blue sky.
_SHADOW_HUE, _LIGHT_HUE = 288.0, 95.0
_TONE_LIGHTNESS = np.array([0.0, -0.135, 0.0, 0.09, 0.175])
_TONE_CHROMA = np.array([0.0, 0.95, 1.0, 0.88, 0.50])
_TONE_SHIFT = np.array([40.0, 16.0, 0.0, 12.0, 22.0])

# OKLab to linear sRGB (B. Ottosson, 2020).
_OKLAB_TO_LMS = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
_LMS_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def ramps(colours: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The five tones of each material.

    Args:
        colours: OKLCH, (..., 3).
    Returns: sRGB, (..., 5, 3): outline, shadow, base, light, shine.
    """
    lightness, chroma, hue = (colours[..., None, i] for i in range(3))
    goal = np.where(np.arange(NUM_TONES) <= BASE, _SHADOW_HUE, _LIGHT_HUE)
    away = (goal - hue + 180.0) % 360.0 - 180.0
    tone_hue = np.radians(hue + np.clip(away, -_TONE_SHIFT, _TONE_SHIFT))
    tone_lightness = np.minimum(lightness + _TONE_LIGHTNESS * (0.55 + 0.6 * lightness), 0.985)
    tone_chroma = chroma * _TONE_CHROMA
    tone_lightness[..., OUTLINE] = 0.20 + 0.12 * lightness[..., 0]
    tone_chroma[..., OUTLINE] = 0.03 + 0.30 * chroma[..., 0]
    lab = np.stack([tone_lightness, tone_chroma * np.cos(tone_hue), tone_chroma * np.sin(tone_hue)], axis=-1)
    linear = np.clip((lab @ _OKLAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T, 0.0, 1.0)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    tones: NDArray[np.uint8] = np.round(255.0 * srgb).astype(np.uint8)
    return tones


def contrasting(colour: Colour, light: Sequence[Colour], dark: Sequence[Colour]) -> Sequence[Colour]:
    """The choices that stand out on this colour."""
    return light if colour[0] < 0.66 else dark
