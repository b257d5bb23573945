"""Bytes of files as other programs write them, whole and broken."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

RNG = np.random.default_rng(0)


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def picture(width: int = 16, height: int = 16, kind: str = "PNG", mode: str = "RGB") -> bytes:
    """A picture of random colours."""
    colours = RNG.integers(0, 256, (height, width, 3), np.uint8)
    return encoded(Image.fromarray(colours).convert(mode), kind)


def png(width: int, height: int, depth: int, colours: int, rows: bytes) -> bytes:
    """A PNG of depths that Pillow does not write, or whose header promises more than its rows hold."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def zipped(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def npy(array: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array, **options)
    return out.getvalue()


def npz(compressed: bool = False, **arrays: Any) -> bytes:
    out = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(out, **arrays)
    return out.getvalue()


def idx(array: np.ndarray, code: int = 8) -> bytes:
    """An array in MNIST's format; `code` names the type of its numbers, 8 for bytes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_mnist(folder: Path, num_train: int = 12, num_test: int = 5, compressed: bool = False) -> None:
    """MNIST's four files, small."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    for prefix, num in (("train", num_train), ("t10k", num_test)):
        for kind, array in (
            ("images-idx3", rng.integers(0, 256, (num, 28, 28), np.uint8)),
            ("labels-idx1", (np.arange(num) % 10).astype(np.uint8)),
        ):
            content = idx(array)
            name = f"{prefix}-{kind}-ubyte"
            (folder / (name + ".gz" * compressed)).write_bytes(gzip.compress(content) if compressed else content)
