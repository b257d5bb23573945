"""One picture that a learner uploads, made to fit the pictures of a dataset."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ddpm_core.config import require

MAX_BYTES = 5_000_000
MAX_PIXELS = 20_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_SAVE_AGAIN = f"Upload another one, or open it in a picture editor and save it again; allowed: {', '.join(FORMATS)}"


def read_picture(data: bytes, height: int, width: int, channels: int) -> NDArray[np.uint8]:
    """A picture file's content as uint8 (H, W, C): upright, on white, centre-cropped, resized.

    Raises: ValueError that names what is wrong and the remedy, whatever the bytes are.
    """
    require(min(height, width) >= 1, "picture size", (height, width), "1 or more each way")
    require(channels in (1, 3), "channels", channels, "1 (grey) or 3 (colour)")
    if len(data) > MAX_BYTES:
        raise ValueError(
            f"The file has {len(data) / 1e6:.1f} MB; allowed: {MAX_BYTES / 1e6:.0f} MB. Make it smaller and try again."
        )
    picture = _fit(_decode(data).convert("L" if channels == 1 else "RGB"), width, height)
    return np.asarray(picture, dtype=np.uint8).reshape(height, width, channels)


def _decode(data: bytes) -> Image.Image:
    """Upright, opaque, eight bits."""
    try:
        # The formats are named so that no rare decoder of Pillow's sees a stranger's bytes.
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ValueError(f"The picture is too large ({error}). {_SMALLER}") from error
    except Exception as error:  # decoders raise nearly anything on broken headers
        raise ValueError(f"The file is no picture that can be read. {_SAVE_AGAIN}.") from error
    columns, rows = picture.size
    if columns * rows > MAX_PIXELS:  # from the header: nothing is unpacked yet
        raise ValueError(f"The picture has {columns} × {rows} pixels, {columns * rows / 1e6:.0f} million. {_SMALLER}")
    try:
        return _on_white(_eight_bits(ImageOps.exif_transpose(picture)))
    except Exception as error:  # and on broken contents
        raise ValueError(f"The picture is damaged or cut off ({error}). {_SAVE_AGAIN}.") from error


_SMALLER = f"Allowed: {MAX_PIXELS / 1e6:.0f} million pixels. Make it smaller and try again."


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Pillow would clip deeper grey pictures; scale them instead."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    grey = np.nan_to_num(np.asarray(picture, dtype=np.float64))
    if picture.mode.startswith("I"):
        grey = grey / 257.0
    elif grey.max() <= 1.0:  # floating-point pictures count to 1, or to 255
        grey = grey * 255.0
    return Image.fromarray(np.clip(np.round(grey), 0, 255).astype(np.uint8))


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def _fit(picture: Image.Image, width: int, height: int) -> Image.Image:
    """Enlarged pixel art comes back to the pixel; anything else is filtered."""
    scale = min(picture.width // width, picture.height // height)
    if scale >= 1 and (scale * width == picture.width or scale * height == picture.height):
        left, top = (picture.width - scale * width) // 2, (picture.height - scale * height) // 2
        cropped = picture.crop((left, top, left + scale * width, top + scale * height))
        small = cropped.resize((width, height), Image.Resampling.NEAREST)
        if cropped.tobytes() == small.resize(cropped.size, Image.Resampling.NEAREST).tobytes():
            return small
    return ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
