"""resume.pt: the state of a run between two steps, loaded without unpickling anything but tensors and numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from ddpm_core.atomic import replacing
from ddpm_core.errors import Message
from ddpm_core.runs.folder import RunFolder, describe


def write_resume(run: RunFolder, state: dict[str, Any]) -> None:
    """Write resume.pt, whole or not at all."""
    with replacing(run.resume) as temporary:
        torch.save({"description": _description(run)} | state, temporary)


@contextmanager
def read_resume(run: RunFolder, device: torch.device) -> Iterator[dict[str, Any]]:
    """The state, while it is put in its place; ValueError if it is another run's, damaged, or does not fit."""
    try:
        state = torch.load(run.resume, map_location=device, weights_only=True)
        if state["description"] != _description(run):
            raise ValueError(Message("training.of_another_run"))
        yield state
    except Exception as error:  # torch names no one exception for a damaged file, and advises to unpickle it
        why = error if isinstance(error, (ValueError, OSError)) else Message("training.damaged_or_foreign")
        raise ValueError(Message("training.not_resumable", path=run.resume, reason=why)) from error


def _description(run: RunFolder) -> str:
    return json.dumps(describe(run.config, run.data_info))
