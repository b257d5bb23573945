"""Datasets that are being downloaded, each on a thread of the server: it goes on when the page that asked is closed."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ddpm_core.data import data_dir, fetch
from ddpm_core.data.idx_sets import IDX_SETS
from ddpm_core.errors import text_of

BYTES = {"mnist": 11_594_722, "fashion_mnist": 30_878_645}
"""Of all four files, compressed as the mirrors have them."""
_lock = threading.Lock()
_downloads: dict[Path, Download] = {}


@dataclass
class Download:
    """One attempt to get a dataset."""

    name: str
    folder: Path
    state: Literal["running", "done", "failed"] = "running"
    error: str = ""
    """What was tried, and the remedy; empty unless it failed."""

    @property
    def progress(self) -> float:
        """Share of the bytes that have arrived, 0 to 1: those in the folder, half-finished files included."""
        size = 0
        for path in self.folder.rglob("*"):
            with suppress(FileNotFoundError):  # renamed into its place just now
                size += path.stat().st_size if path.is_file() else 0
        return min(1.0, size / BYTES[self.name])

    def run(self) -> None:
        """Download, and remember how it ended."""
        try:
            fetch(self.name)
            self.state = "done"
        except Exception as error:  # on a thread of its own nobody else would see it
            self.error = text_of(error)
            self.state = "failed"


def start(name: str) -> Download:
    """Begin to download a dataset, unless that is going on already."""
    with _lock:
        download = current(name)
        if download is None or download.state != "running":
            download = _downloads[data_dir() / name] = Download(name, data_dir() / name)
            threading.Thread(target=download.run, name=f"download {name}", daemon=True).start()
        return download


def current(name: str) -> Download | None:
    """The last attempt of this server to get a dataset, if there was one."""
    return _downloads.get(data_dir() / name)


def is_here(name: str) -> bool:
    """Whether a dataset's four files are there, damaged or not."""
    folder = data_dir() / name
    return all((folder / file).is_file() or (folder / f"{file}.gz").is_file() for file in IDX_SETS[name].md5)
