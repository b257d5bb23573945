"""Why something failed, in one line that a learner can act on."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from ddpm_core.errors import Message, mapped, text_of

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_FULL_SIGNS = ("No space left on device", "disk is full", "PytorchStreamWriter failed writing")
"""What safetensors, SQLite and torch leave of an errno."""
_LITTLE = 256 * 1024


def failure_message(error: BaseException, folder: Path) -> str:
    """One line: what went wrong and what to do. `folder` is where the failed work was writing."""
    text = mapped(text_of(error), lambda text: " ".join(text.split()))
    full = isinstance(error, OSError) and (error.errno in _FULL or is_disk_full(folder))
    if full or any(sign in text for sign in _FULL_SIGNS):
        return Message("failure.disk_full", folder=folder)
    if isinstance(error, MemoryError) or "out of memory" in text.lower() or "can't allocate memory" in text:
        return Message("failure.no_memory")
    if isinstance(error, OSError) and error.strerror:
        known = Message("failure.file", reason=error.strerror, path=error.filename)
        return known if error.filename else Message("failure.system", reason=error.strerror)
    if isinstance(error, (ValueError, OSError)) and text:
        return text
    reason = text or Message("failure.no_message")
    return Message("failure.unexpected", type=type(error).__name__, reason=reason)


def is_disk_full(folder: Path) -> bool:
    """Whether next to nothing can be written where `folder` is, or would be."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    return there is not None and shutil.disk_usage(there).free < _LITTLE
