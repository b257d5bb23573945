"""NumPy's files and what they hold: no pickles, and no more memory than the file has bytes."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ddpm_core.errors import Message

Arrays = Mapping[str, NDArray[Any]]
"""By file name, or by name in an .npz."""

_SAVE_AGAIN = Message("array.save_again", code="np.save(path, np.asarray(x, np.uint8))")
_IMAGES = ("images", "x_train", "train_images", "train-images", "pictures", "sprites", "data", "x", "arr_0")
_LABELS = ("labels", "y_train", "train_labels", "train-labels", "targets", "y", "arr_1")


def read_npy(source: Path | bytes, where: str) -> NDArray[Any]:
    """An array of bools, numbers or words from an .npy file or its content; a path is mapped rather than read.

    Raises: ValueError that names the file (where), what is wrong and the remedy.
    """
    if isinstance(source, Path):
        content = np.memmap(source, np.uint8, mode="r") if source.stat().st_size else np.empty(0, np.uint8)
    else:
        content = np.frombuffer(source, np.uint8)
    header = io.BytesIO(content[:20_000].tobytes())
    try:
        version = npy.read_magic(header)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read_header is None:
            raise ValueError(Message("array.npy_version", version=version))
        shape, fortran, dtype = read_header(header)
    except Exception as error:  # the header is a Python literal that is parsed: it can go wrong in many ways
        raise ValueError(Message("array.no_npy", where=where, reason=error, remedy=_SAVE_AGAIN)) from error
    if dtype.hasobject:
        raise ValueError(Message("array.pickle", where=where, remedy=_SAVE_AGAIN))
    if dtype.kind not in "buifU" or dtype.itemsize == 0:
        raise ValueError(Message("array.wrong_type", where=where, type=dtype, remedy=_SAVE_AGAIN))
    size = len(content) - header.tell()
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != size:
        what = Message("array.size_differs", shape=shape, type=dtype, size=size)
        raise ValueError(Message("array.damaged", where=where, reason=what, remedy=_SAVE_AGAIN))
    values = content[header.tell() :].view(dtype)
    return values.reshape(shape, order="F" if fortran else "C")


def choose_images(arrays: Arrays, where: str) -> str:
    """The name of the array that holds the pictures. Raises ValueError where none does, or several may."""
    found = [name for name, array in arrays.items() if array.ndim in (3, 4) and array.dtype.kind != "U"]
    if not found:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(Message("array.no_pictures", where=where, shapes=shapes))
    return _choose(found, _IMAGES, where, Message("array.images"))


def choose_labels(arrays: Arrays, num: int, where: str) -> str | None:
    """The name of the array that labels `num` pictures; None where there is none. Raises ValueError for several."""
    flat = [name for name, array in arrays.items() if array.ndim in (1, 2)]
    # With the wrong length it is refused later, with its numbers; but another of the right length comes first.
    found = [name for name in flat if len(arrays[name]) == num] or flat
    return _choose(found, _LABELS, where, Message("array.labels")) if found else None


def as_bytes(array: NDArray[Any], where: str) -> NDArray[np.uint8]:
    """Pictures as uint8 (N, H, W, C), C = 1 or 3, unchanged in value (bools become 0 and 255).

    Raises: ValueError that names the file (where), what is wrong and the line of Python that mends it.
    """
    if array.ndim == 3:
        array = array[..., None]
    shape = array.shape
    if array.ndim == 4 and shape[3] not in (1, 3) and shape[1] in (1, 3):
        remedy = Message("array.save_transposed")
        raise ValueError(Message("array.channels_first", where=where, shape=shape, remedy=remedy))
    if array.ndim != 4 or shape[3] not in (1, 3):
        remedy = Message("array.save_three_channels" if shape[-1] == 4 else "array.save_one_size")
        raise ValueError(Message("array.wrong_shape", where=where, shape=shape, remedy=remedy))
    if min(shape) == 0:
        raise ValueError(Message("array.empty", where=where, shape=shape))
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    held = {"where": where, "type": array.dtype, "low": array.min().item(), "high": array.max().item()}
    low, high = held["low"], held["high"]
    if array.dtype.kind == "f":
        scale = "x * 255" if 0 <= low <= high <= 1 else "(x + 1) * 127.5" if -1 <= low <= high <= 1 else "x"
        code = f"np.save(path, np.round({scale}).clip(0, 255).astype(np.uint8))"
        raise ValueError(Message("array.floats", **held, remedy=Message("array.save_again", code=code)))
    if low < 0 or high > 255:
        raise ValueError(Message("array.out_of_range", **held, remedy=_SAVE_AGAIN))
    return array.astype(np.uint8)


def _choose(found: list[str], known: tuple[str, ...], where: str, purpose: Message) -> str:
    if len(found) == 1:
        return found[0]
    for wanted in known:
        matches = [name for name in found if _stem(name) == wanted] or [n for n in found if _stem(n).startswith(wanted)]
        if len(matches) == 1:
            return matches[0]
    several = ", ".join(found)
    raise ValueError(Message("array.several", where=where, purpose=purpose, found=several, name=str(purpose)))


def _stem(name: str) -> str:
    return name.rsplit("/")[-1].split(".")[0].lower()
