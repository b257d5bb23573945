"""What tests hand to the exhibits, and what the exhibits hand to Streamlit."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ddpm_core.config import ScheduleConfig
from ddpm_core.schedule import NoiseSchedule
from ui.components import position
from ui.i18n import table


def marked(name: str) -> dict[str, str]:
    """The words of an exhibit's table, as markup that nobody may take for HTML."""
    return {word: f"<b>{word}</b> {{t}}" for word in table(name)}


def add_noise_arguments(kind: Any = "cosine", channels: int = 3, num_timesteps: int = 1000) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    shape = (6, 5, channels)
    return {
        "x0": rng.integers(0, 256, shape, dtype=np.uint8),
        "eps": rng.standard_normal(shape).astype(np.float32),
        "tables": vars(NoiseSchedule(ScheduleConfig(kind, num_timesteps))),
    }


def play_arguments(mode: Any = "epochs", **changes: Any) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    shape = (3, 6, 4, 4, 5, 3)
    frames = {kind: rng.integers(0, 256, shape, dtype=np.uint8) for kind in ("xt", "x0_hat", "eps_hat")}
    return {
        "frames": frames,
        "timesteps": [1000, 800, 600, 400, 200, 0],
        "epochs": [0, 5, 32],
        "captions": ["cat", "<img src=x onerror=alert(1)>", "hat", "cat"],
        "mode": mode,
    } | changes


def blobs_of(monkeypatch: pytest.MonkeyPatch, module: Any, state: dict[str, Any] | None = None) -> list[bytes]:
    """What an exhibit sends from now on, outside of a page, its words `marked`.

    `state` is the session, with what the browser released.
    """
    sent: list[bytes] = []
    monkeypatch.setattr(module, "_component", lambda **given: sent.append(given["data"]))
    monkeypatch.setattr(module, "table", marked)
    monkeypatch.setattr(position, "st", SimpleNamespace(session_state={} if state is None else state))
    return sent


def sent_by(monkeypatch: pytest.MonkeyPatch, module: Any, call: Any, **arguments: Any) -> tuple[bytes, Any]:
    """The blob an exhibit hands to Streamlit, and what it returns."""
    sent = blobs_of(monkeypatch, module)
    result = call(**arguments)
    return sent[-1], result


def on_page(page: AppTest) -> bytes:
    """The blob of the only exhibit on a page."""
    (exhibit,) = page.get("bidi_component")
    return bytes(exhibit.proto.bytes)


def unpack(blob: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What mount.js does, written again."""
    length = int.from_bytes(blob[:4], "little")
    header = json.loads(blob[4 : 4 + length])
    arrays = {
        name: np.frombuffer(blob, entry["dtype"], int(np.prod(entry["shape"])), 4 + length + entry["offset"])
        for name, entry in header["arrays"].items()
    }
    return header, {name: array.reshape(header["arrays"][name]["shape"]) for name, array in arrays.items()}
