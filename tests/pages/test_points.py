"""Points instead of pictures: the scatter exhibit, and the pages that show it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ddpm_core.config import ScheduleConfig
from ddpm_core.data import load_dataset
from ddpm_core.pictures.points import COLOURS, EXTENT
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.presets import PRESETS
from ddpm_core.schedule import NoiseSchedule
from jobs.pool.tasks import TASKS
from jobs.pool.tasks.trajectory import Trajectory, TrajectoryRequest
from jobs.store.store import Store
from pages.add_noise import points as cloud_points
from pages.generate import takeaway
from tests.support.colours import contrast
from tests.support.exhibits import on_page, sent_by, unpack
from tests.support.pages import button, control
from tests.support.points import adopted
from ui import asking, theme
from ui.components import scatter as scatter_module
from ui.components import scrubber as scrubber_module
from ui.components.scatter import scatter
from ui.components.scrubber import scrubber
from ui.i18n import strings

OpenPage = Callable[..., AppTest]
SHAPE = (2, 4, 5, 2)


def arguments(**changes: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "clouds": {kind: rng.standard_normal(SHAPE).astype(np.float32) for kind in ("xt", "x0_hat")},
        "timesteps": [1000, 600, 200, 0],
        "epochs": [0, 5],
        "labels": [0, 1, 0, 1, -1],
        "real": rng.standard_normal((7, 2)),
        "class_names": ["east", "<b>west</b>"],
    } | changes


def test_the_exhibit_gets_the_clouds_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    given = arguments()
    blob, state = sent_by(monkeypatch, scatter_module, scatter, **given, t=600, kind="x0_hat", paths=True)
    header, arrays = unpack(blob)
    for kind in ("xt", "x0_hat"):
        np.testing.assert_array_equal(arrays[kind], given["clouds"][kind])
    np.testing.assert_array_equal(arrays["labels"], given["labels"])
    np.testing.assert_allclose(arrays["real"], given["real"], rtol=1e-6)
    assert (header["shape"], header["extent"], header["num_paths"]) == ([2, 4, 5], EXTENT, 5)
    assert header["class_names"] == given["class_names"]
    assert (state.t, state.kind, state.paths) == (600, "x0_hat", True)


def test_a_place_that_is_not_there_is_brought_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    _, state = sent_by(monkeypatch, scatter_module, scatter, **arguments(), t=550, kind="eps_hat")
    assert (state.t, state.kind, state.paths) == (600, "xt", False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": [0]}, r"clouds\['xt'\] is \(2, 4, 5, 2\); allowed: \(E, F, N, 2\) = \(1, 4, 5, 2\)"),
        ({"labels": [0]}, "by epochs, timesteps and labels"),
        ({"clouds": {"xt": np.zeros(SHAPE, np.float32)}}, r"clouds\['x0_hat'\] is missing"),
        ({"real": np.zeros((3, 3))}, r"real has shape \(3, 3\)"),
    ],
)
def test_clouds_that_do_not_fit_are_refused(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        sent_by(monkeypatch, scatter_module, scatter, **arguments(**changes))


def test_the_equation_takes_points_on_their_own_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    """x_t / sqrt(ac) = x0 + sigma eps in the points' units: sigma is sqrt((1 - ac) / ac), twice that of pixels."""
    tables = vars(NoiseSchedule(ScheduleConfig(num_timesteps=50)))
    rng = np.random.default_rng(0)
    x0, eps, labels = rng.random((6, 2)).astype(np.float32), rng.standard_normal((6, 2)), np.arange(6) % 2
    call = {"x0": x0, "eps": eps, "tables": tables, "labels": labels, "t": 10}
    blob, state = sent_by(monkeypatch, scrubber_module, scrubber, **call)
    header, arrays = unpack(blob)
    np.testing.assert_array_equal(arrays["x0"], x0)
    np.testing.assert_array_equal(arrays["labels"], labels)
    ac = tables["alphas_cumprod"][1:]
    np.testing.assert_allclose(arrays["sigma"][1:], np.sqrt((1 - ac) / ac), rtol=1e-5)
    np.testing.assert_array_equal(arrays["two_sigma"], arrays["sigma"])
    assert (header["shape"], header["extent"], state.t) == ([1, 1, 2], EXTENT, 10)
    with pytest.raises(ValueError, match=r"x0 is float32 \(6, 2\); allowed: floats \(5, 2\), a point for each label"):
        sent_by(monkeypatch, scrubber_module, scrubber, **(call | {"labels": labels[:5]}))


def test_class_colours_are_legible_and_the_same_in_files_and_exhibits() -> None:
    assert tuple(colour.light for colour in theme.CLASSES) == COLOURS
    for colour in theme.CLASSES:
        assert min(contrast(colour.light, ground) for ground in ("#ffffff", "#fdfcf8")) >= 4.5
        assert min(contrast(colour.dark, ground) for ground in ("#0e1117", "#17161c")) >= 4.5


# Add noise


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("shape", cloud_points.SHAPES)
def test_add_noise_shows_a_cloud(open_page: OpenPage, shape: str, lang: str) -> None:
    page = open_page("add_noise", lang=lang, dataset="points", shape=shape)
    assert not page.exception
    assert not page.error
    header, arrays = unpack(on_page(page))
    wanted = load_dataset(replace(PRESETS["points"].data, name=shape), "validation").images[: cloud_points.CLOUD]
    np.testing.assert_array_equal(arrays["x0"], wanted.reshape(-1, 2))
    assert (arrays["labels"].min() == -1) == (shape in ("swiss_roll", "checkerboard"))
    assert "点" in header["strings"]["x0"] or "points" in header["strings"]["x0"]


def test_from_points_to_a_picture_and_back(open_page: OpenPage) -> None:
    page = open_page("add_noise", dataset="points", shape="moons")
    control(page.selectbox, "dataset").select("upload").run()  # nothing uploaded yet: the picture before stays
    assert not page.exception
    assert "labels" not in unpack(on_page(page))[1]
    control(page.selectbox, "dataset").select("points").run()
    control(page.selectbox, "shape").select("checkerboard").run()
    assert not page.exception
    assert unpack(on_page(page))[1]["x0"].shape == (cloud_points.CLOUD, 2)


def test_an_unknown_shape_in_a_link_is_named(open_page: OpenPage) -> None:
    page = open_page("add_noise", dataset="points", shape="cube")
    assert "cube" in page.warning[0].value
    assert "labels" in unpack(on_page(page))[1]


# Generate and Train


class Pool:
    """Computes at once, in this process."""

    def __init__(self) -> None:
        self.asked: list[TrajectoryRequest] = []

    def submit(self, task: str, request: TrajectoryRequest) -> SimpleNamespace:
        self.asked.append(request)
        walk = TASKS[task].function(request, lambda done, total: None)
        return SimpleNamespace(state="done", result=lambda: walk, cancel=lambda: None)


@pytest.fixture
def run_id(trained_points: RunFolder, runs_dir: Path) -> str:
    return adopted(runs_dir, trained_points)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    fake = Pool()
    monkeypatch.setattr(asking, "pool", fake)
    return fake


def test_generate_shows_points_as_points(open_page: OpenPage, run_id: str, pool: Pool) -> None:
    page = open_page("generate", run=run_id, steps=4, pictures=100, kind="x0_hat", paths="on", t=500)
    assert not page.exception
    assert not page.error
    header, arrays = unpack(on_page(page))
    assert header["shape"] == [1, 5, 100]
    assert header["start"] | {"seq": 0} == {"t": 500, "kind": "x0_hat", "paths": True, "seq": 0}
    assert header["class_names"][1] == "north-east"
    np.testing.assert_array_equal(arrays["labels"], np.arange(100) % 8)
    assert arrays["xt"][0, 0].std() == pytest.approx(1, abs=0.2), "noise, neither scaled nor clipped"
    assert np.abs(arrays["xt"][0, 0]).max() > 1.8
    assert np.abs(arrays["x0_hat"]).max() <= 1
    assert pool.asked[-1].sample.guidance_scale == 1
    assert [found.label for found in page.get("download_button")] == ["GIF", "PNG"]


def test_generate_asks_for_all_epochs_and_for_other_numbers_of_points(
    open_page: OpenPage, run_id: str, pool: Pool
) -> None:
    page = open_page("generate", run=run_id, steps=3, view="epochs")
    header, _ = unpack(on_page(page))
    assert (header["epochs"], header["shape"]) == ([0, 1, 3], [3, 4, 300])
    control(page.selectbox, "pictures").select("1000").run()
    assert unpack(on_page(page))[0]["shape"] == [3, 4, 1000]
    control(page.selectbox, "label").select("south").run()
    assert set(unpack(on_page(page))[1]["labels"].tolist()) == {6}
    control(page.selectbox, "label").select("none").run()
    header, arrays = unpack(on_page(page))
    assert (set(arrays["labels"].tolist()), header["class_names"]) == ({-1}, [])
    assert not page.exception


def test_train_shows_the_clouds_of_a_run_and_trains_any_shape(open_page: OpenPage, run_id: str, runs_dir: Path) -> None:
    page = open_page("train", run=run_id, dataset="spiral")
    assert not page.exception
    assert not page.error
    html = "".join(str(part.proto.body) for part in page.get("html"))
    assert strings("en")["scatter.film"] in html
    assert html.count('class="film cloud"') == 1
    assert 'class="film guess cloud"' in html
    control(page.number_input, "channels").set_value(64).run()
    button(page, "train.start").click().run()
    assert not page.exception
    config = max(Store(runs_dir).runs(), key=lambda run: run.created).config
    assert (config.data.name, config.mlp) == ("spiral", replace(PRESETS["points"].mlp, width=64))


# Files to take away


@pytest.fixture
def walk() -> Trajectory:
    rng = np.random.default_rng(0)
    frames = {kind: rng.standard_normal((2, 3, 6, 1, 1, 2)).astype(np.float32) for kind in ("xt", "x0_hat", "eps_hat")}
    return Trajectory((0, 5), np.array([9, 4, 0]), np.arange(6) % 2, frames)


def test_gif_and_png_are_drawn_clouds_a_row_for_each_epoch(walk: Trajectory) -> None:
    side = takeaway.CLOUD_SIZE
    with Image.open(io.BytesIO(takeaway.gif(walk))) as gif:
        assert (gif.size, getattr(gif, "n_frames", 1)) == ((side, 2 * side), 3)
    with Image.open(io.BytesIO(takeaway.png(walk))) as png:
        assert png.size == (side, 2 * side)
        assert np.asarray(png.convert("RGB")).min() < 100


def test_a_walk_of_points_survives_its_file(walk: Trajectory, tmp_path: Path) -> None:
    walk.save(tmp_path / "walk.npz")
    again = Trajectory.load(tmp_path / "walk.npz")
    assert again.is_points
    np.testing.assert_array_equal(again.frames["xt"], walk.frames["xt"])
