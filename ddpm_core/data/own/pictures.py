"""Picture files from outside, made to fit the pictures of a dataset."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ddpm_core.data.own.imported import MAX_SIZE, Fit
from ddpm_core.errors import Message, require

MAX_BYTES = 5_000_000
"""Of a picture that is uploaded alone."""
MAX_PIXELS = 20_000_000
LARGE = 1024
"""Pixels of a side from which a picture is made smaller before it is padded."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_SAVE_AGAIN = Message("picture.save_again", formats=", ".join(FORMATS))
_SMALLER = Message("picture.make_smaller", most=MAX_PIXELS / 1e6)


class PictureError(ValueError):
    """A picture file that is refused; why is "no_picture", "too_large" or "damaged"."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True)
class Decoded:
    """A picture, upright, opaque, eight bits a channel, and what had to be done for that."""

    picture: Image.Image
    size: tuple[int, int]
    """Width and height in the file."""
    notes: tuple[str, ...]
    """Of "turned", "flattened", "deep", "cmyk" and "first_frame"."""


def read_picture(data: bytes, height: int, width: int, channels: int) -> NDArray[np.uint8]:
    """A picture file's content as uint8 (H, W, C): upright, on white, centre-cropped, resized.

    Raises: ValueError that names what is wrong and the remedy, whatever the bytes are.
    """
    require(min(height, width) >= 1, Message("what.picture_size"), (height, width), Message("allowed.one_each_way"))
    require(channels in (1, 3), "channels", channels, Message("allowed.grey_or_colour"))
    picture = decode(data, MAX_BYTES).picture.convert("L" if channels == 1 else "RGB")
    return as_array(fit_picture(picture, width, height, "crop"))


def decode(data: bytes, max_bytes: int) -> Decoded:
    """Open a picture file's content.

    Raises: PictureError that names what is wrong and the remedy, whatever the bytes are.
    """
    if len(data) > max_bytes:
        words = Message("picture.file_too_large", size=len(data) / 1e6, most=max_bytes / 1e6)
        raise PictureError("too_large", words)
    picture = open_picture(data)
    size, notes = picture.size, []
    try:
        if getattr(picture, "is_animated", False):
            notes.append("first_frame")
        picture.draft(None, (4 * MAX_SIZE, 4 * MAX_SIZE))  # a JPEG need not be unpacked larger than this
        if picture.getexif().get(0x0112, 1) != 1:
            notes.append("turned")
        picture = ImageOps.exif_transpose(picture)
        if picture.mode == "CMYK":
            notes.append("cmyk")
        if picture.mode.startswith(("I", "F")):
            notes.append("deep")
            picture = _eight_bits(picture)
        if picture.has_transparency_data:
            notes.append("flattened")
        return Decoded(_on_white(picture), size, tuple(notes))
    except Exception as error:  # decoders raise nearly anything on broken contents
        raise PictureError("damaged", Message("picture.damaged", reason=error, remedy=_SAVE_AGAIN)) from error


def open_picture(data: bytes) -> Image.Image:
    """A picture whose header has been read and no more. Raises PictureError."""
    try:
        # The formats are named so that no rare decoder of Pillow's sees a stranger's bytes.
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise PictureError("too_large", Message("picture.too_large", reason=error, remedy=_SMALLER)) from error
    except Exception as error:  # and on broken headers
        raise PictureError("no_picture", Message("picture.no_picture", remedy=_SAVE_AGAIN)) from error
    columns, rows = picture.size
    if columns * rows > MAX_PIXELS:
        size = {"width": columns, "height": rows, "millions": columns * rows / 1e6}
        raise PictureError("too_large", Message("picture.too_many_pixels", **size, remedy=_SMALLER))
    return picture


def fit_picture(picture: Image.Image, width: int, height: int, fit: Fit) -> Image.Image:
    """A picture in another size; enlarged pixel art comes back to the pixel, anything else is filtered."""
    if fit == "pad":
        picture = _padded(picture, width, height)
    elif fit == "stretch" and picture.width * height != picture.height * width:
        return picture.resize((width, height), Image.Resampling.LANCZOS)
    scale = min(picture.width // width, picture.height // height)
    if scale >= 1 and (scale * width == picture.width or scale * height == picture.height):
        left, top = (picture.width - scale * width) // 2, (picture.height - scale * height) // 2
        cropped = picture.crop((left, top, left + scale * width, top + scale * height))
        small = cropped.resize((width, height), Image.Resampling.NEAREST)
        if cropped.tobytes() == small.resize(cropped.size, Image.Resampling.NEAREST).tobytes():
            return small
    if width % picture.width == 0 and width // picture.width * picture.height == height:
        return picture.resize((width, height), Image.Resampling.NEAREST)
    return ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)


def as_array(picture: Image.Image) -> NDArray[np.uint8]:
    """A picture of mode L or RGB as uint8 (H, W, C)."""
    return np.asarray(picture, dtype=np.uint8).reshape(picture.height, picture.width, -1)


def _padded(picture: Image.Image, width: int, height: int) -> Image.Image:
    """On a ground of its edge's most typical colour, in the shape of width to height."""
    if max(picture.size) > LARGE:  # a long strip would need a huge ground
        picture = picture.copy()
        picture.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS)
    wide = max(picture.width, -(-picture.height * width // height))
    high = max(picture.height, -(-picture.width * height // width))
    if (wide, high) == picture.size:
        return picture
    pixels = as_array(picture)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    ground = tuple(int(value) for value in np.median(edge, axis=0))
    canvas = Image.new(picture.mode, (wide, high), ground if len(ground) > 1 else ground[0])
    canvas.paste(picture, ((wide - picture.width) // 2, (high - picture.height) // 2))
    return canvas


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Pillow would clip deeper grey pictures; scale them instead."""
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
