"""The files in a folder or a zip, without trust: named, sized, and read one at a time into memory, never onto disk."""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from ddpm_core.data.own.imported import MAX_PICTURES
from ddpm_core.errors import Message

MAX_FILES = 2 * MAX_PICTURES
MAX_UNPACKED = 2_000_000_000
"""Bytes that the files of a zip may have together, unpacked."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LITTER = ("__macosx", "thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Entry:
    """A file in a folder or zip; read() gives its content, and raises ValueError or OSError."""

    path: PurePosixPath
    size: int
    read: Callable[[], bytes]


Skipped = list[tuple[str, str]]
"""File and why: "link" or "method"."""


@contextmanager
def opened_zip(source: Path | bytes, name: str) -> Iterator[tuple[list[Entry], Skipped]]:
    """The files of a zip.

    Raises: ValueError, with the remedy, for a broken or encrypted zip, one that names files outside of itself, and
    one that unpacks to more than MAX_UNPACKED bytes or MAX_FILES files.
    """
    if isinstance(source, bytes) and source.count(b"PK\x01\x02") > MAX_FILES:  # before its directory is parsed
        raise ValueError(Message("source.zip_of_too_many", name=name, most=MAX_FILES))
    try:
        archive = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except Exception as error:  # a broken directory raises nearly anything
        raise ValueError(Message("source.no_zip", name=name, reason=error)) from error
    with archive:
        members = [info for info in archive.infolist() if info.filename and not info.is_dir()]
        paths = [_path(info, name) for info in members]
        if any(info.flag_bits & 0x1 for info in members):
            raise ValueError(Message("source.encrypted", name=name))
        total = sum(info.file_size for info in members)
        if total > MAX_UNPACKED or len(members) > MAX_FILES:
            allowed = {"most": MAX_FILES, "limit": MAX_UNPACKED / 1e6}
            raise ValueError(Message("source.zip_too_large", name=name, num=len(members), size=total / 1e6, **allowed))
        wanted = [(info, path) for info, path in zip(members, paths, strict=True) if not _is_litter(path)]
        entries = [
            Entry(path, info.file_size, partial(_read_member, archive, info))
            for info, path in wanted
            if not _why_not(info)
        ]
        yield _sorted(entries), [(str(path), why) for info, path in wanted if (why := _why_not(info))]


def folder_entries(folder: Path) -> tuple[list[Entry], Skipped]:
    """The files of a folder and of those below it; links are not followed.

    Raises: ValueError for more than MAX_FILES files.
    """
    entries, skipped = [], []
    for root, _, names in os.walk(folder):
        for path in (Path(root) / name for name in names):
            inside = PurePosixPath(path.relative_to(folder).as_posix())
            if _is_litter(inside):
                continue
            if path.is_symlink() or not path.is_file():
                skipped.append((str(inside), "link"))
            else:
                entries.append(Entry(inside, path.stat().st_size, path.read_bytes))
        if len(entries) > MAX_FILES:
            raise ValueError(Message("source.folder_of_too_many", folder=folder, most=MAX_FILES))
    return _sorted(entries), skipped


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts 2 before 10."""
    parts = re.findall(r"([0-9]{1,18})|([^0-9]+)", name)
    return tuple((0, int(number), "") if number else (1, 0, word.lower()) for number, word in parts)


def _sorted(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: natural(str(entry.path)))


def _path(info: zipfile.ZipInfo, where: str) -> PurePosixPath:
    """A member's path inside the zip. Raises ValueError for one that leads out of it."""
    name = _decoded(info).replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        raise ValueError(Message("source.file_outside", where=where, name=name))
    return path


def _decoded(info: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 mark are read as cp437, but macOS means UTF-8 and a Chinese Windows GB 2312."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    for encoding in ("utf-8", "gb2312"):
        try:
            return info.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return info.filename


def _is_litter(path: PurePosixPath) -> bool:
    """Hidden files, and what file managers leave beside pictures."""
    return any(part.startswith(".") or part.lower() in _LITTER for part in path.parts)


def _why_not(info: zipfile.ZipInfo) -> str:
    if stat.S_ISLNK(info.external_attr >> 16):
        return "link"
    # Other methods are rare, and some take as much memory as the file says.
    return "" if info.compress_type in _METHODS else "method"


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as file:
            return file.read(info.file_size)
    except Exception as error:  # a broken archive raises nearly anything
        raise ValueError(Message("source.damaged_file", file=info.filename, reason=error)) from error
