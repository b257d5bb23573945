"""Datasets that lie in files: the IDX format, and MNIST."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import math
import struct
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FETCH = "python -m ddpm_core data fetch mnist"
DIGITS = tuple("0123456789")
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
# MD5 of the decompressed files: mirrors compress them each in its own way.
MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MAX_DIMS, _MAX_BYTES = 4, 2**31
_BROKEN_GZIP = (EOFError, gzip.BadGzipFile, zlib.error)


def read_idx(path: Path) -> NDArray[Any]:
    """An array from an IDX file, raw or gzip-compressed (http://yann.lecun.com/exdb/mnist, "the IDX file format").

    Raises: ValueError that names the file, what is wrong with it and the remedy.
    """
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file. Fetch it with {FETCH}.")
    try:
        with _open(path) as file:
            return _parse(file)
    except _BROKEN_GZIP as error:
        raise _damaged(path, f"broken gzip data ({error})") from error
    except _IdxError as error:
        raise _damaged(path, str(error)) from error


def load_mnist(folder: Path, split: Literal["train", "test"]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures, uint8 (N, 28, 28, 1), and labels, int64 (N,), from IDX files, raw or .gz.

    Raises: ValueError that names the file, what is wrong with it and the remedy.
    """
    prefix = "train" if split == "train" else "t10k"
    images_path = _find(folder, f"{prefix}-images-idx3-ubyte")
    labels_path = _find(folder, f"{prefix}-labels-idx1-ubyte")
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28):
        raise _damaged(images_path, f"it holds {images.dtype} {images.shape}, not uint8 (N, 28, 28)")
    if labels.dtype != np.uint8 or labels.ndim != 1:
        raise _damaged(labels_path, f"it holds {labels.dtype} {labels.shape}, not uint8 (N,)")
    if len(images) != len(labels):
        raise _damaged(
            labels_path, f"it holds {len(labels)} labels for the {len(images)} pictures of {images_path.name}"
        )
    if labels.max() >= len(DIGITS):
        raise _damaged(labels_path, f"it holds a label {labels.max()}, above 9")
    return images[..., None], labels.astype(np.int64)


def fetch_mnist(folder: Path, mirrors: Sequence[str] = MIRRORS) -> None:
    """Download the four MNIST files that are not there yet; a file appears only whole and with the right checksum.

    Raises: OSError that names what was tried and the remedy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, md5 in MD5.items():
        if any(_md5(path) == md5 for path in (folder / name, folder / f"{name}.gz")):
            continue
        # In the same folder, so that the last step is a rename; an interrupted download goes with it.
        with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch:
            _download(f"{name}.gz", md5, Path(scratch), mirrors, folder).replace(folder / f"{name}.gz")
            (folder / name).unlink(missing_ok=True)  # a damaged raw file would be read first


class _IdxError(Exception):
    pass


def _damaged(path: Path, what: str) -> ValueError:
    return ValueError(f"{path} is damaged or no IDX file: {what}. Delete it and fetch it again with {FETCH}.")


def _open(path: Path) -> gzip.GzipFile | io.BufferedReader:
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if compressed else path.open("rb")


def _parse(file: gzip.GzipFile | io.BufferedReader) -> NDArray[Any]:
    magic = file.read(4)
    if len(magic) < 4:
        raise _IdxError(f"it ends after {len(magic)} bytes, inside the header")
    zeros, code, dims = struct.unpack(">HBB", magic)
    if zeros != 0 or code not in _DTYPES:
        raise _IdxError(f"it starts with {magic.hex(' ')}, not with 00 00 and a type of 08, 09, 0b, 0c, 0d or 0e")
    if not 1 <= dims <= _MAX_DIMS:
        raise _IdxError(f"its header gives {dims} dimensions, not 1 to {_MAX_DIMS}")
    header = file.read(4 * dims)
    if len(header) < 4 * dims:
        raise _IdxError(f"it ends after {4 + len(header)} bytes, inside the header")
    shape, dtype = struct.unpack(f">{dims}I", header), np.dtype(_DTYPES[code])
    size = math.prod(shape) * dtype.itemsize
    if not 1 <= size <= _MAX_BYTES:
        raise _IdxError(f"its header gives the shape {shape}, {size} bytes, not 1 to {_MAX_BYTES}")
    content = file.read(size)
    if len(content) < size:
        raise _IdxError(f"it is truncated: {len(content)} bytes of data, the header's shape {shape} needs {size}")
    if file.read(1):
        raise _IdxError(f"it goes on after the {size} bytes that the header's shape {shape} needs")
    # A copy in the machine's byte order, which torch needs, and writable.
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise ValueError(f"{folder} holds no {name} or {name}.gz. Fetch MNIST with {FETCH}, or copy its four files there.")


def _md5(path: Path) -> str:
    """Of the decompressed content; empty where the file is missing or broken."""
    if not path.is_file():
        return ""
    try:
        with _open(path) as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except _BROKEN_GZIP:
        return ""


def _download(name: str, md5: str, scratch: Path, mirrors: Sequence[str], folder: Path) -> Path:
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    failures = []
    for mirror in mirrors:
        downloader = pooch.HTTPDownloader(progressbar=True, timeout=30)
        try:
            path = Path(pooch.retrieve(mirror + name, None, name, scratch, downloader=downloader))
        except (OSError, ValueError) as error:
            failures.append(f"{mirror}{name}: {error}")
            continue
        if _md5(path) == md5:
            return path
        failures.append(f"{mirror}{name}: the download's checksum is wrong")
        path.unlink()
    tried = "\n".join(f"  {failure}" for failure in failures)
    wanted = ", ".join(f"{file}.gz" for file in MD5)
    raise OSError(f"{name} could not be fetched. Tried:\n{tried}\nOr copy these four files into {folder}: {wanted}.")
