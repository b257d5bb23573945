"""The paths of points in 3-D on Generate: nothing is sent until they are opened, and every place is the walk's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ddpm_core.data import load_dataset
from ddpm_core.pictures.points import COLOURS
from ddpm_core.runs.folder import RunFolder
from jobs.pool.tasks.trajectory import KINDS, Trajectory, TrajectoryRequest
from pages.generate import paths
from tests.support.plotly_figures import figures
from tests.support.points import TINY_POINTS, adopted
from ui import asking, theme
from ui.components import scatter as scatter_module
from ui.i18n import strings

Open = Callable[..., AppTest]
OPENED = {"space": "true"}
STEPS = np.array([1000, 600, 200, 0])


def walk(request: TrajectoryRequest) -> Trajectory:
    """Places that no two points, steps or epochs share."""
    num = request.sample.num_pictures
    labels = np.full(num, -1) if request.sample.labels == (-1,) else np.arange(num) % 8
    shape = (len(request.epochs), len(STEPS), num, 1, 1, 2)
    places = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    return Trajectory(request.epochs, STEPS, labels, dict.fromkeys(KINDS, places))


@pytest.fixture(autouse=True)
def sampled(monkeypatch: pytest.MonkeyPatch) -> list[Trajectory]:
    """Walks that the page asked for, in place of the pool's."""
    made: list[Trajectory] = []

    def submit(_task: str, request: TrajectoryRequest) -> SimpleNamespace:
        made.append(walk(request))
        return SimpleNamespace(state="done", result=lambda: made[-1], cancel=lambda: None)

    monkeypatch.setattr(asking, "pool", SimpleNamespace(submit=submit))
    monkeypatch.setattr(scatter_module, "_component", lambda **_: None)
    return made


@pytest.fixture
def run_id(runs_dir: Path, trained_points: RunFolder) -> str:
    return adopted(runs_dir, trained_points)


def class_traces(figure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in figure["data"] if trace["mode"] == "lines"}


def split(trace: dict[str, Any]) -> np.ndarray:
    """The paths of a trace, (N, F, 3)."""
    places = np.stack([trace["x"], trace["y"], trace["z"]], axis=1)
    each = places.reshape(-1, len(STEPS) + 1, 3)
    assert np.isnan(each[:, -1]).all(), "a gap after each path"
    return each[:, :-1]


def test_closed_paths_send_nothing(open_page: Open, run_id: str) -> None:
    page = open_page("generate", run=run_id, pictures=100)
    assert not page.exception
    assert figures(page) == []
    assert strings("en")["generate.space"] in [one.label for one in page.expander]


def test_pictures_have_no_paths(open_page: Open) -> None:
    page = open_page("generate", **OPENED)
    assert not page.exception
    assert figures(page) == []
    assert strings("en")["generate.space"] not in [one.label for one in page.expander]


def test_every_place_is_the_walks(open_page: Open, run_id: str, sampled: list[Trajectory]) -> None:
    page = open_page("generate", run=run_id, pictures=100, **OPENED)
    assert not page.error
    (figure,) = figures(page)
    traces = class_traces(figure)
    names = [strings("en")[f"classes.{name}"] for name in ("east", "north_east", "north", "north_west")]
    assert list(traces)[:4] == names
    shown = sampled[-1]
    places = shown.frames["xt"][-1].reshape(len(STEPS), 100, 2)
    for label, trace in enumerate(traces.values()):
        its = np.flatnonzero(shown.labels[: paths.MOST] == label)
        found = split(trace)
        np.testing.assert_array_equal(found[..., :2], places[:, its].transpose(1, 0, 2))
        np.testing.assert_array_equal(found[..., 2], np.tile(STEPS, (len(its), 1)))
        assert trace["line"]["color"] == COLOURS[label]
    assert sum(len(split(trace)) for trace in traces.values()) == paths.MOST
    assert figure["layout"]["scene"]["zaxis"]["range"] == [1000, 0], "t upwards from T to 0"


def test_the_finished_points_and_held_out_ones_lie_at_t_0(
    open_page: Open, run_id: str, sampled: list[Trajectory]
) -> None:
    (figure,) = figures(open_page("generate", run=run_id, pictures=100, **OPENED))
    ends, real = (trace for trace in figure["data"] if trace["mode"] == "markers")
    assert not ends["z"].any()
    assert not real["z"].any()
    np.testing.assert_array_equal(ends["x"], sampled[-1].frames["xt"][-1, -1, : paths.MOST, 0, 0, 0])
    held_out = load_dataset(replace(TINY_POINTS.data, num_validation=600), "validation").images.reshape(-1, 2)
    np.testing.assert_array_equal(np.stack([real["x"], real["y"]], axis=1), held_out)
    assert real["marker"]["opacity"] < 0.5
    assert real["marker"]["color"] == theme.COLOURS["x0"].light


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_says_what_it_shows(open_page: Open, run_id: str, lang: str) -> None:
    words = strings(lang)
    page = open_page("generate", lang=lang, run=run_id, pictures=100, epoch=1, label="none", **OPENED)
    (figure,) = figures(page)
    about = {"num": 60, "T": 1000, "epoch": 1}
    assert figure["alt"] == words["generate.space_alt"].format(**about)
    assert words["generate.space_caption"].format(**about) in [one.value for one in page.caption]
    assert list(class_traces(figure)) == [words["generate.label_none"]]
    assert not figure["layout"]["showlegend"], "there is nothing to tell apart"


def test_of_several_epochs_the_last_is_drawn(open_page: Open, run_id: str, sampled: list[Trajectory]) -> None:
    page = open_page("generate", run=run_id, pictures=100, view="epochs", **OPENED)
    (figure,) = figures(page)
    assert sampled[-1].epochs == (0, 1, 3)
    found = np.concatenate([split(trace) for trace in class_traces(figure).values()])
    last = sampled[-1].frames["xt"][2].reshape(len(STEPS), 100, 2)[:, : paths.MOST]
    assert found[..., 0].sum() == pytest.approx(last[..., 0].sum(), rel=1e-4)
    assert "after epoch 3" in figure["alt"]
