"""What charts compute before they draw."""

from __future__ import annotations

import numpy as np
import pytest

from ui import figures


def test_smoothing_keeps_constants_and_means() -> None:
    values = np.random.default_rng(0).normal(2.0, 1.0, 400)
    smooth = figures.smoothed(values)
    assert smooth.shape == values.shape
    assert smooth[200] == pytest.approx(values[190:211].mean())
    assert smooth.std() < values.std() / 3
    np.testing.assert_allclose(figures.smoothed(np.full(30, 0.5)), 0.5)
    assert len(figures.smoothed(np.empty(0))) == 0
    assert figures.smoothed(np.array([3.0])) == pytest.approx([3.0])
