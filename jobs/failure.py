"""Why something failed, in one line that a learner can act on."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_FULL_SIGNS = ("No space left on device", "disk is full", "PytorchStreamWriter failed writing")
"""What safetensors, SQLite and torch leave of an errno."""
_LITTLE = 256 * 1024


def failure_message(error: BaseException, folder: Path) -> str:
    """One line: what went wrong and what to do. `folder` is where the failed work was writing."""
    text = " ".join(str(error).split())
    full = isinstance(error, OSError) and (error.errno in _FULL or is_disk_full(folder))
    if full or any(sign in text for sign in _FULL_SIGNS):
        return disk_full_message(folder)
    if isinstance(error, MemoryError) or "out of memory" in text.lower() or "can't allocate memory" in text:
        return "There is not enough memory. Take a smaller batch, a smaller network or fewer pictures."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}." if error.filename else f"{error.strerror}."
    if isinstance(error, (ValueError, OSError)) and text:
        return text
    return f"{type(error).__name__}: {text or 'no message'}. The log has the details."


def disk_full_message(folder: Path) -> str:
    return f"The disk that holds {folder} is full. Free some space, then resume: all up to the last checkpoint is kept."


def is_disk_full(folder: Path) -> bool:
    """Whether next to nothing can be written where `folder` is, or would be."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    return there is not None and shutil.disk_usage(there).free < _LITTLE
