"""The frames that ship with the app: packed without loss, small, and refused with the remedy where damaged."""

from pathlib import Path

import numpy as np
import pytest

from ui.runs import shipped_frames


def test_changes_from_frame_to_frame_keep_every_byte() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 5, 3, 4, 4, 3), dtype=np.uint8)
    pictures[0, 1], pictures[0, 2] = 255, 0  # from one end of the bytes to the other
    packed = shipped_frames.changes(pictures)
    assert (packed.dtype, packed.shape) == (np.uint8, (2, 3, 4, 4, 3, 5))
    np.testing.assert_array_equal(shipped_frames.from_changes(packed), pictures)


def test_all_shipped_frames_together_have_at_most_4_mb() -> None:
    assert sum(path.stat().st_size for path in shipped_frames.frames_dir().iterdir()) <= 4e6


@pytest.mark.parametrize("damage", ["cut off", "no archive", "a part missing"])
def test_damaged_frames_are_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    whole = (shipped_frames.frames_dir() / "home.npz").read_bytes()
    path = tmp_path / "home.npz"
    if damage == "a part missing":
        np.savez(path, about=np.frombuffer(b"{}", np.uint8))
    else:
        path.write_bytes(whole[: len(whole) // 2] if damage == "cut off" else b"no frames")
    monkeypatch.setattr(shipped_frames, "frames_dir", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"home.npz is damaged.*scripts.make_frames"):
        shipped_frames.load("home")
