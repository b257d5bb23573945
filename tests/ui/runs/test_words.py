"""Spans of time in words."""

from __future__ import annotations

import pytest

from ui.runs.words import duration, roughly


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (1500, "25 min"), (9000, "2.5 h")],
)
def test_durations_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(3, "5 s"), (72, "70 s"), (116, "2 min"), (5300, "88 min"), (9000, "2.5 h")]
)
def test_estimates_are_no_more_exact_than_they_should_be(seconds: float, text: str) -> None:
    assert roughly(seconds) == text
