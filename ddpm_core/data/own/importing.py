"""Pictures from outside made into a dataset: picture files, zips, NumPy arrays, IDX files."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddpm_core.data.idx import parse_idx
from ddpm_core.data.own.arrays import Arrays, as_bytes, choose_images, choose_labels, read_npy
from ddpm_core.data.own.container import Entry, Skipped, folder_entries, opened_zip
from ddpm_core.data.own.imported import DESCRIPTION, Imported, ImportOptions, Step, clean_class_name
from ddpm_core.data.own.labels import read_labels
from ddpm_core.data.own.picture_sets import Progress, class_step, fit_array, is_picture, read_pictures, skipped_steps
from ddpm_core.errors import Message

MAX_ARRAY_BYTES = 600_000_000
"""Of all arrays in a folder or zip."""
_NPY, _ZIP, _GZIP, _IDX = b"\x93NUMPY", b"PK", b"\x1f\x8b", b"\0\0"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
_ALLOWED = Message("source.allowed")


def read_source(
    source: Path | bytes,
    name: str,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
    labels: Path | bytes | None = None,
) -> Imported:
    """Read pictures from a folder or file, or from a file's content; what a file is shows in its first bytes.

    name: the file's or folder's own name. labels: a file of labels for an array without any.
    Raises: ValueError, with the remedy, for whatever cannot be read; OSError for files that cannot be opened.
    """
    job = _Import(name, options or ImportOptions(), progress, labels)
    if isinstance(source, bytes):
        return job.from_file(source)
    if source.is_dir():
        return job.from_entries(*folder_entries(source))
    if not source.is_file():
        raise ValueError(Message("source.missing", path=source))
    return job.from_file(source)


class _Import:
    def __init__(
        self, name: str, options: ImportOptions, progress: Progress | None, labels: Path | bytes | None
    ) -> None:
        self.name, self.options, self.progress, self.labels = name, options, progress, labels

    def from_file(self, source: Path | bytes) -> Imported:
        if _start(source).startswith(_ZIP):
            with opened_zip(source, self.name) as (entries, skipped):
                return self.from_entries(entries, skipped)
        return self.from_arrays({self.name: _read_array(source, self.name)}, [])

    def from_entries(self, entries: list[Entry], skipped: Skipped) -> Imported:
        pictures = [entry for entry in entries if is_picture(entry)]
        if pictures and self.labels is not None:
            raise ValueError(Message("source.labels_for_pictures", name=self.name))
        wanted = is_picture if pictures else _is_array
        skipped = skipped + [(str(entry.path), _why_not(entry)) for entry in entries if not wanted(entry)]
        if pictures:
            return read_pictures(pictures, skipped, self.name, self.options, self.progress)
        arrays = [entry for entry in entries if _is_array(entry)]
        if not arrays:
            found = Message("source.no_files")
            if entries:
                found = Message("source.files", num=len(entries), file=entries[0].path)
            raise ValueError(Message("source.no_pictures", name=self.name, found=found, allowed=_ALLOWED))
        total = sum(entry.size for entry in arrays)
        if total > MAX_ARRAY_BYTES:
            raise ValueError(Message("array.too_large", name=self.name, size=total / 1e6, most=MAX_ARRAY_BYTES / 1e6))
        read: dict[str, NDArray[Any]] = {}
        for entry in arrays:
            read |= _arrays_of(entry)
        described = [entry for entry in entries if entry.path.name == DESCRIPTION]
        skipped = [(file, why) for file, why in skipped if not described or file != str(described[0].path)]
        imported = self.from_arrays(read, skipped)
        return _named(imported, described[0]) if described else imported

    def from_arrays(self, arrays: Arrays, skipped: Skipped) -> Imported:
        """Of one file, an .npz, or a folder or zip of arrays: the pictures, and their labels if there are any."""
        chosen = choose_images(arrays, self.name)
        images = as_bytes(arrays[chosen], chosen)
        used, steps = [chosen], [_read_step(images, arrays[chosen], chosen)]
        if self.labels is not None:
            where = self.labels.name if isinstance(self.labels, Path) else Message("labels.file")
            found = read_labels(_only_array(self.labels, where), len(images), where)
        else:
            others = {key: array for key, array in arrays.items() if key != chosen}
            key = choose_labels(others, len(images), self.name)
            used.append(key or chosen)
            found = read_labels(others[key], len(images), key) if key else (np.zeros(len(images), np.int64), (), [])
        classes, names, more = found
        about = {"file": self.labels.name} if isinstance(self.labels, Path) else {}
        steps += [class_step(names, **about), *more]
        images, resized = fit_array(images, self.options, self.progress)
        skipped = skipped + [(key, "not_used") for key in arrays if key not in used]
        return Imported(images, classes, names, self.name, (*steps, *skipped_steps(skipped), *resized))


def _opened(source: Path | bytes) -> io.BufferedIOBase:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _start(source: Path | bytes) -> bytes:
    with _opened(source) as file:
        return file.read(6)


def _read_array(source: Path | bytes, where: str) -> NDArray[Any]:
    """From an .npy or IDX file, raw or gzip-compressed."""
    start = _start(source)
    if start.startswith(_NPY):
        return read_npy(source, where)
    if start.startswith((_GZIP, _IDX)):
        with _opened(source) as file:
            return parse_idx(file, where, Message("idx.copy_again"))
    if start.startswith(_PICTURES):
        raise ValueError(Message("source.one_picture", where=where))
    begins = Message("source.begins", bytes=start.hex(" ")) if start else Message("source.empty")
    raise ValueError(Message("source.unknown_kind", where=where, start=begins, allowed=_ALLOWED))


def _arrays_of(entry: Entry) -> dict[str, NDArray[Any]]:
    """Of an array file in a folder or zip; an .npz has several."""
    content, where = entry.read(), str(entry.path)
    if not content.startswith(_ZIP):
        return {where: _read_array(content, where)}
    with opened_zip(content, where) as (members, _):
        total = sum(member.size for member in members)
        if total > MAX_ARRAY_BYTES:
            raise ValueError(Message("array.npz_too_large", where=where, size=total / 1e6, most=MAX_ARRAY_BYTES / 1e6))
        names = {f"{where}/{member.path}": member for member in members if member.path.suffix == ".npy"}
        return {name: read_npy(member.read(), name) for name, member in names.items()}


def _named(imported: Imported, description: Entry) -> Imported:
    """With the class names of a dataset that was made here and then packed; as it is where they do not fit."""
    try:
        names = [clean_class_name(name) for name in json.loads(description.read())["class_names"]]
        used = tuple(names[int(number)] for number in imported.class_names) if names else ()
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OSError):
        return imported
    fits = len(set(used)) == len(used) and all(used) and (used or len(imported.class_names) < 2)
    return replace(imported, class_names=used) if fits else imported


def _only_array(source: Path | bytes, where: str) -> NDArray[Any]:
    if isinstance(source, Path) and not source.is_file():
        raise ValueError(Message("source.missing_labels", path=source))
    if not _start(source).startswith(_ZIP):
        return _read_array(source, where)
    with opened_zip(source, where) as (members, _):
        if len(members) != 1:
            raise ValueError(Message("array.several_labels", where=where, num=len(members)))
        return read_npy(members[0].read(), where)


def _is_array(entry: Entry) -> bool:
    name = entry.path.name.lower()
    return name.endswith((".npy", ".npz")) or name.removesuffix(".gz").endswith("-ubyte")


def _why_not(entry: Entry) -> str:
    return "archive" if entry.path.suffix.lower() in (".zip", ".rar", ".7z", ".gz", ".tar", ".tgz") else "no_picture"


def _read_step(images: NDArray[np.uint8], array: NDArray[Any], file: str) -> Step:
    _, height, width, channels = images.shape
    about = {"what": "array", "file": file, "type": str(array.dtype), "from": f"{width}×{height}×{channels}"}
    return Step("read", {"count": len(images), **about})
