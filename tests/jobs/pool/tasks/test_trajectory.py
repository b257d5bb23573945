"""A trajectory on disk, and which of many steps it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ddpm_core.config import from_dict, to_dict
from jobs.pool.tasks.trajectory import KINDS, Start, Trajectory, TrajectoryRequest, steps_shown


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frames = {kind: rng.integers(0, 256, (2, 3, 4, 5, 6, 1), np.uint8) for kind in KINDS}
    written = Trajectory((0, 9), np.array([2, 1, 0]), np.array([0, 1, -1, 0]), frames)
    written.save(tmp_path / "t.npz")
    read = Trajectory.load(tmp_path / "t.npz")
    assert read.epochs == (0, 9)
    np.testing.assert_array_equal(read.timesteps, written.timesteps)
    np.testing.assert_array_equal(read.labels, written.labels)
    for kind in KINDS:
        np.testing.assert_array_equal(read.frames[kind], frames[kind])


def test_a_file_with_pickles_or_without_frames_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "pickled.npz", frames_xt=np.array([{"a": 1}], dtype=object))
    np.savez(tmp_path / "foreign.npz", weights=np.zeros(3))
    (tmp_path / "torn.npz").write_bytes((tmp_path / "foreign.npz").read_bytes()[:50])
    for name in ("pickled", "foreign", "torn"):
        with pytest.raises(ValueError, match=f"{name}.npz is damaged"):
            Trajectory.load(tmp_path / f"{name}.npz")


@pytest.mark.parametrize("shape", [(16, 16, 3), (28, 28, 1)])
def test_a_start_travels_as_plain_text(shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    request = TrajectoryRequest("sprites", (2,), start=Start.of(picture, 400))
    back = from_dict(TrajectoryRequest, to_dict(request))
    assert back == request
    assert back.start is not None
    np.testing.assert_array_equal(back.start.picture, picture)


@pytest.mark.parametrize(("steps", "kept"), [(1, 1), (2, 2), (50, 50), (64, 64), (65, 64), (1000, 64)])
def test_long_walks_are_thinned_evenly_with_both_ends(steps: int, kept: int) -> None:
    shown = steps_shown(steps)
    assert len(shown) == kept
    assert (shown[0], shown[-1]) == (0, steps - 1)
    gaps = np.diff(shown)
    assert kept == 1 or gaps.max() - gaps.min() <= 1
