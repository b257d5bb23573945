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

Arrays = Mapping[str, NDArray[Any]]
"""By file name, or by name in an .npz."""

_PICKLE = "Python objects (a pickle), which could run any program and are never loaded"
_SAVE_AGAIN = "Save it again with np.save(path, np.asarray(x, np.uint8))."
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
            raise ValueError(f"its version is {version}, not (1, 0) or (2, 0)")
        shape, fortran, dtype = read_header(header)
    except Exception as error:  # the header is a Python literal that is parsed: it can go wrong in many ways
        raise ValueError(f"{where} is no .npy file that can be read ({error}). {_SAVE_AGAIN}") from error
    if dtype.hasobject:
        raise ValueError(f"{where} holds {_PICKLE}. {_SAVE_AGAIN}")
    if dtype.kind not in "buifU" or dtype.itemsize == 0:
        raise ValueError(f"{where} holds values of type {dtype}; allowed: integers 0 to 255. {_SAVE_AGAIN}")
    size = len(content) - header.tell()
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != size:
        what = f"its header says {shape} of {dtype}, but {size} bytes follow"
        raise ValueError(f"{where} is damaged: {what}. {_SAVE_AGAIN}")
    values = content[header.tell() :].view(dtype)
    return values.reshape(shape, order="F" if fortran else "C")


def choose_images(arrays: Arrays, where: str) -> str:
    """The name of the array that holds the pictures. Raises ValueError where none does, or several may."""
    found = [name for name, array in arrays.items() if array.ndim in (3, 4) and array.dtype.kind != "U"]
    if not found:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(
            f"{where} holds no pictures: {shapes}; allowed: an array (N, H, W) or (N, H, W, C). "
            "Flat pictures take their shape back with x.reshape(-1, 28, 28)."
        )
    return _choose(found, _IMAGES, where, "images")


def choose_labels(arrays: Arrays, num: int, where: str) -> str | None:
    """The name of the array that labels `num` pictures; None where there is none. Raises ValueError for several."""
    flat = [name for name, array in arrays.items() if array.ndim in (1, 2)]
    # With the wrong length it is refused later, with its numbers; but another of the right length comes first.
    found = [name for name in flat if len(arrays[name]) == num] or flat
    return _choose(found, _LABELS, where, "labels") if found else None


def as_bytes(array: NDArray[Any], where: str) -> NDArray[np.uint8]:
    """Pictures as uint8 (N, H, W, C), C = 1 or 3, unchanged in value (bools become 0 and 255).

    Raises: ValueError that names the file (where), what is wrong and the line of Python that mends it.
    """
    if array.ndim == 3:
        array = array[..., None]
    shape = array.shape
    if array.ndim == 4 and shape[3] not in (1, 3) and shape[1] in (1, 3):
        remedy = "Save x.transpose(0, 2, 3, 1)"
        raise ValueError(f"{where} has the shape {shape}, channels first; allowed: (N, H, W, C). {remedy}.")
    if array.ndim != 4 or shape[3] not in (1, 3):
        remedy = "Save x[..., :3]" if shape[-1] == 4 else "Save pictures of one size, grey or colour"
        raise ValueError(f"{where} has the shape {shape}; allowed: (N, H, W), (N, H, W, 1) or (N, H, W, 3). {remedy}.")
    if min(shape) == 0:
        raise ValueError(f"{where} has the shape {shape}: there is nothing in it. Save the pictures again.")
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    low, high = array.min(), array.max()
    if array.dtype.kind == "f":
        scale = "x * 255" if 0 <= low <= high <= 1 else "(x + 1) * 127.5" if -1 <= low <= high <= 1 else "x"
        raise ValueError(
            f"{where} holds {array.dtype} values from {low:g} to {high:g}; allowed: uint8, 0 to 255. "
            f"Save it again with np.save(path, np.round({scale}).clip(0, 255).astype(np.uint8))."
        )
    if low < 0 or high > 255:
        raise ValueError(f"{where} holds {array.dtype} values from {low} to {high}; allowed: 0 to 255. {_SAVE_AGAIN}")
    return array.astype(np.uint8)


def _choose(found: list[str], known: tuple[str, ...], where: str, best: str) -> str:
    if len(found) == 1:
        return found[0]
    for wanted in known:
        matches = [name for name in found if _stem(name) == wanted] or [n for n in found if _stem(n).startswith(wanted)]
        if len(matches) == 1:
            return matches[0]
    raise ValueError(f"{where} holds several arrays that may be the {best}: {', '.join(found)}. Name one {best!r}.")


def _stem(name: str) -> str:
    return name.rsplit("/")[-1].split(".")[0].lower()
