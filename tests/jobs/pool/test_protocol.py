"""What results have in common, whatever their task."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.pool.protocol import ArrayResult


@dataclass(frozen=True)
class Errors(ArrayResult):
    by_t: NDArray[np.float64]
    pictures: NDArray[np.uint8]


def test_a_result_of_arrays_comes_back_from_its_file(tmp_path: Path) -> None:
    errors = Errors(np.linspace(0, 1, 5), np.zeros((2, 4, 4, 3), np.uint8))
    errors.save(tmp_path / "result.npz")
    again = Errors.load(tmp_path / "result.npz")
    np.testing.assert_array_equal(again.by_t, errors.by_t)
    np.testing.assert_array_equal(again.pictures, errors.pictures)
    assert again.pictures.dtype == np.uint8


@pytest.mark.parametrize("content", [b"", b"half an archi"])
def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "result.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"result\.npz is damaged.*ask again"):
        Errors.load(tmp_path / "result.npz")
