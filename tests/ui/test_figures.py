"""What charts compute before they draw."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import numpy as np
import pytest
from pandas import DataFrame

from ddpm_core.runs.events import EpochEnd
from jobs.store.records import Metrics
from tests.support.sources import ROOT
from ui import figures
from ui.figures import curves, heat, parts


def test_smoothing_keeps_constants_and_means() -> None:
    values = np.random.default_rng(0).normal(2.0, 1.0, 400)
    smooth = figures.smoothed(values)
    assert smooth.shape == values.shape
    assert smooth[200] == pytest.approx(values[190:211].mean())
    assert smooth.std() < values.std() / 3
    np.testing.assert_allclose(figures.smoothed(np.full(30, 0.5)), 0.5)
    assert len(figures.smoothed(np.empty(0))) == 0
    assert figures.smoothed(np.array([3.0])) == pytest.approx([3.0])


def metrics(num: int) -> Metrics:
    steps = np.arange(1, num + 1)
    numbers = np.linspace(1.0, 0.1, num)
    return Metrics(steps, 1 + steps // 100, numbers, numbers / 1000, numbers * 2, numbers)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Callable[[Metrics, list[EpochEnd]], DataFrame]:
    """rows(metrics, ends) are the data behind the chart of a run's losses."""
    drawn: list[DataFrame] = []
    monkeypatch.setattr(curves, "draw", lambda data, *_args, **_more: drawn.append(data))

    def of(metrics: Metrics, ends: list[EpochEnd]) -> DataFrame:
        figures.loss_chart([figures.Curve("mine", metrics, ends)], log=True, key="loss")
        return drawn[-1]

    return of


def test_every_step_knows_the_held_out_losses_of_the_last_epoch_before_it(rows: Callable[..., DataFrame]) -> None:
    data = rows(
        metrics(25), [EpochEnd(0, 0, 1.0, 0.9, 0.0), EpochEnd(1, 10, 0.5, 0.6, 1.0), EpochEnd(2, 20, 0.3, 0.4, 2.0)]
    )
    batches, points = data[data["batch"].notna()], data[data["held_out"].notna()]
    assert list(points["held_out"]) == [0.9, 0.6, 0.4]
    assert list(points["held_out_raw"]) == [1.0, 0.5, 0.3]
    then = dict(zip(batches["step"], batches["held_out_then"], strict=True))
    assert (then[1], then[9], then[10], then[19], then[25]) == (0.9, 0.9, 0.6, 0.6, 0.4)
    assert set(data["run"]) == {"mine"}


def test_steps_before_the_first_epoch_have_no_held_out_loss(rows: Callable[..., DataFrame]) -> None:
    data = rows(metrics(5), [EpochEnd(1, 3, 0.5, 0.6, 1.0)])
    then = data[data["batch"].notna()]["held_out_then"]
    assert list(then.isna()) == [True, True, False, False, False]
    assert rows(metrics(5), [])["held_out_then"].isna().all()


@pytest.mark.parametrize("num", [1, 99, 100, 101, 5_000])
def test_many_epochs_are_thinned_and_stay_where_they_are(rows: Callable[..., DataFrame], num: int) -> None:
    def shown(num: int) -> list[int]:
        data = rows(metrics(5), [EpochEnd(epoch, 10 * epoch, 0.5, 0.5, 1.0) for epoch in range(num)])
        points = data[data["held_out"].notna()]
        assert list(points["step"]) == [10 * epoch for epoch in points["epoch"]]
        return list(points["epoch"])

    few, more = shown(num), shown(num + 1)
    assert len(few) <= curves.MAX_ENDS + 1
    assert (few[0], few[-1]) == (0, num - 1)
    assert set(few[:-1]) <= set(more) or len(more) < len(few)


def test_a_map_is_merged_into_what_can_be_seen() -> None:
    steps = np.arange(5, 1005, 5)
    losses = np.repeat(np.arange(200.0)[:, None], 20, axis=1)
    ends, means = heat.merged(steps, losses)
    assert (len(ends), means.shape) == (50, (50, 20))
    assert (ends[0], ends[-1]) == (20, 1000)
    np.testing.assert_allclose(means[:, 3], np.arange(200.0).reshape(50, 4).mean(1))
    # One window more is one column more, and no other moves.
    again, same = heat.merged(np.append(steps, 1005), np.vstack([losses, np.full((1, 20), 7.0)]))
    np.testing.assert_allclose(same[:50], means)
    assert (again[-1], same[-1, 0]) == (1005, 7.0)


def test_what_is_unknown_stays_unknown_and_spoils_no_mean() -> None:
    losses = np.full((100, 20), 2.0)
    losses[::2, 0] = np.nan
    losses[:, 19] = np.nan
    _, means = heat.merged(np.arange(1, 101), losses)
    np.testing.assert_allclose(means[:, :19], 2.0)
    assert np.isnan(means[:, 19]).all()


def test_the_ground_of_charts_is_the_pages() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert parts.GROUND.light == theme["light"]["backgroundColor"]
    assert parts.GROUND.dark == theme["dark"]["backgroundColor"]
