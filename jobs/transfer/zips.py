"""A run as a zip: given away piece by piece, and taken in only when every part of it is what it should be."""

from __future__ import annotations

import io
import re
import secrets
import shutil
import stat
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ddpm_core.errors import Message
from ddpm_core.runs.folder import RunFolder
from jobs.store.store import Store
from jobs.transfer.import_check import check_run

CHUNK = 256 * 1024
MAX_FILES = 2_000
MAX_BYTES = 512 * 1024**2
"""Of all files of an import together, unpacked."""
MAX_NAME = 40
CHECKPOINT = re.compile(r"epoch-[0-9]{4,6}\.safetensors")
_PICTURE = re.compile(r"samples/(epoch|denoise)-[0-9]{4,6}\.png")
_TABLES = ("metrics.csv", "epochs.csv", "loss_by_t.csv")
_LEFT_OUT = {"resume.pt", "start.safetensors", "live.png", "worker.log", "worker.lock", ".DS_Store"}
"""What a run folder zipped by hand may also hold. It is not taken in: resume.pt would be a foreign state to run."""
_REMEDY = Message("import.export_again_whole")
_PREFIX, _ABANDONED_SECONDS = ".import-", 3600.0


class _ZipBuffer(io.RawIOBase):
    """What a zip is written into: it cannot be wound back, and gives up what it holds."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(part))
        return len(part)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def stream_zip(run: RunFolder, *, with_resume: bool = False) -> Iterator[bytes]:
    """The run folder as a zip, a piece at a time: memory stays at a piece's size. resume.pt only on request."""
    buffer = _ZipBuffer()
    with zipfile.ZipFile(buffer, "w") as archive:
        files = [path for path in sorted(run.path.rglob("*")) if _wanted(path.relative_to(run.path).as_posix())]
        for path in (*files, run.resume) if with_resume else files:
            try:
                source = path.open("rb")
            except FileNotFoundError:
                continue  # a run that trains may drop a checkpoint meanwhile
            with source:
                entry = zipfile.ZipInfo.from_file(path, f"{run.path.name}/{path.relative_to(run.path).as_posix()}")
                # Weights hardly shrink.
                text = path.suffix in (".csv", ".json")
                entry.compress_type = zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED
                with archive.open(entry, "w") as target:
                    while piece := source.read(CHUNK):
                        target.write(piece)
                        yield buffer.take()
    yield buffer.take()


def _wanted(name: str) -> bool:
    return bool(name == "config.json" or name in _TABLES or CHECKPOINT.fullmatch(name) or _PICTURE.fullmatch(name))


def import_zip(file: BinaryIO, store: Store, name: str, owner: str = "") -> str:
    """Take a run in as a finished one of the store; returns its id.

    Raises ValueError, saying which part of the zip is wrong and what to do, and OSError; then nothing stays behind.
    """
    _remove_abandoned(store.root)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=store.root))
    try:
        _unpack(file, folder)
        run = check_run(folder)
        _require_new(run, store)
        folder = folder.rename(store.root / f"import-{time.strftime('%y%m%d-%H%M%S')}-{secrets.token_hex(3)}")
        return store.adopt(folder, name.strip()[:MAX_NAME] or run.config.data.name, owner)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _unpack(file: BinaryIO, folder: Path) -> None:
    """Write the run's files into `folder`. Raises ValueError for what is no zip, no run, or too large."""
    try:
        with zipfile.ZipFile(file) as archive:
            left = MAX_BYTES
            for name, entry in _entries(archive).items():
                left -= _write(archive, entry, folder / name, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ValueError(Message("import.no_zip", reason=error, remedy=_REMEDY)) from error


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, left: int) -> int:
    """Unpack one file of at most `left` bytes, counted as they come: what the zip says of itself may be untrue."""
    path.parent.mkdir(exist_ok=True)
    written = 0
    with archive.open(entry) as source, path.open("xb") as target:
        while piece := source.read(CHUNK):
            written += len(piece)
            if written > left:
                raise ValueError(Message("import.too_large", size=MAX_BYTES // 1024**2))
            target.write(piece)
    return written


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries to unpack, by their path in the run folder. Raises ValueError for one that has no place there."""
    infos = [entry for entry in archive.infolist() if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")]
    if len(infos) > MAX_FILES:
        raise ValueError(Message("import.too_many_files", num=len(infos), most=MAX_FILES, remedy=_REMEDY))
    configs = [entry.filename for entry in infos if re.fullmatch(r"([^/]+/)?config\.json", entry.filename)]
    if len(configs) != 1:
        raise ValueError(Message("import.no_run"))
    top = configs[0].removesuffix("config.json")
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in infos:
        inside = entry.filename.startswith(top)
        name = entry.filename.removeprefix(top)
        if inside and PurePosixPath(name).name in _LEFT_OUT:
            continue
        if not inside or not _wanted(name) or stat.S_ISLNK(entry.external_attr >> 16):
            raise ValueError(Message("import.foreign_file", file=entry.filename, remedy=_REMEDY))
        if name in entries:
            raise ValueError(Message("import.twice", file=entry.filename, remedy=_REMEDY))
        entries[name] = entry
    return entries


def _require_new(run: RunFolder, store: Store) -> None:
    """Raises ValueError for a run that is here already: same config, same last weights."""
    for record in store.runs():
        if record.config == run.config and (record.folder / "config.json").is_file():
            here = RunFolder(record.folder)
            if here.epochs == run.epochs and _weights(here) == _weights(run):
                raise ValueError(Message("import.here_already", name=record.name, run=record.id))


def _weights(run: RunFolder) -> str:
    return run.header(run.epochs[-1]).sha256


def _remove_abandoned(root: Path) -> None:
    """Remove what an import left behind when its server was ended in the middle of it."""
    for folder in root.glob(f"{_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
