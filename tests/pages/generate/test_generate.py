"""The page Generate without a browser: what is asked of the pool, what is shown meanwhile, what the URL holds."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

import jobs.pool.pool
from ddpm_core.config import ScheduleConfig, TrainConfig, to_dict
from ddpm_core.data import DataInfo
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.presets import PRESETS
from jobs.pool.tasks.trajectory import KINDS, Trajectory, TrajectoryRequest
from jobs.store.store import Store
from pages.generate import exhibit as parts
from pages.generate import request as request_parts
from pages.generate import takeaway
from tests.support.pages import button, control, controlled, url
from ui import asking, state
from ui.components.player import PlayerState
from ui.i18n import strings
from ui.inline import plain
from ui.runs import shipped_frames

Open = Callable[..., AppTest]
HEADER = RunFolder.header
CLASSES = ("hero", "ghost", "cat")
EPOCHS = (0, 1, 2)
CONFIG = replace(PRESETS["sprites_quick"], num_epochs=2, keep_epochs=EPOCHS)


class Handle:
    """A request to the pool, as far as the test lets it come."""

    def __init__(self, request: TrajectoryRequest) -> None:
        self.request, self.state, self.progress, self.error = request, "running", (3, 50), ""

    def cancel(self) -> None:
        self.state = "cancelled"

    def result(self) -> Trajectory:
        if self.state == "failed":
            raise ValueError(self.error)
        return trajectory(self.request.epochs, self.request.sample.num_pictures, grey=self.request.sample.seed)


class Pool:
    """What was asked, in order; requests with `steps` in `ready` are answered at once."""

    def __init__(self) -> None:
        self.asked: list[Handle] = []
        self.ready = False

    def submit(self, task: str, request: TrajectoryRequest) -> Handle:
        assert task == "sample_trajectory"
        self.asked.append(Handle(request))
        self.asked[-1].state = "done" if self.ready else "running"
        return self.asked[-1]


def trajectory(epochs: tuple[int, ...], num: int, grey: int = 0) -> Trajectory:
    shape = (len(epochs), 4, num, 16, 16, 3)
    return Trajectory(
        epochs,
        np.array([1000, 600, 200, 0]),
        np.arange(num) % len(CLASSES),
        {kind: np.full(shape, grey, np.uint8) for kind in KINDS},
    )


def make_run(path: Path, config: TrainConfig = CONFIG) -> RunFolder:
    run = RunFolder.create(path, config, DataInfo("sprites", 16, 16, 3, CLASSES))
    for epoch in EPOCHS:
        run.checkpoint(epoch).touch()
    return run


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A shipped run, and the frames of what a first visit asks for."""
    checkpoints = tmp_path / "checkpoints"
    monkeypatch.setenv("DDPM_CHECKPOINTS_DIR", str(checkpoints))
    monkeypatch.setattr(RunFolder, "header", lambda self, epoch: SimpleNamespace(sha256=f"{self.path.name} {epoch}"))
    run = make_run(checkpoints / "sprites")
    (checkpoints / "frames").mkdir()
    ready = trajectory(EPOCHS, 10, grey=200)
    about = {
        "run": "sprites",
        "sample": to_dict(request_parts.default_sample()),
        "weights": [f"sprites {epoch}" for epoch in EPOCHS],
    }
    np.savez(
        checkpoints / "frames" / "generate.npz",
        about=np.frombuffer(json.dumps(about).encode(), np.uint8),
        epochs=np.array(EPOCHS),
        timesteps=ready.timesteps,
        labels=ready.labels,
        **{f"changes_{kind}": shipped_frames.changes(pictures) for kind, pictures in ready.frames.items()},
    )
    return run


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    fake = Pool()
    monkeypatch.setattr(asking, "pool", fake)
    return fake


@pytest.fixture(autouse=True)
def exhibit(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the page handed to the player last; `.release` is where the learner lets go next."""
    seen = SimpleNamespace(release=None, frames=None)

    def player(shown: Any, timesteps: Any, epochs: Any, captions: Any, **more: Any) -> PlayerState:
        vars(seen).update(frames=shown, epochs=tuple(epochs), captions=captions, **more)
        if seen.release:
            return seen.release
        return PlayerState(more["epoch"] or epochs[-1], more["t"], more["kind"], more["picture"])

    monkeypatch.setattr(parts, "player", player)
    return seen


def grey(exhibit: SimpleNamespace) -> int:
    return int(exhibit.frames["xt"][0, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_first_visit_plays_shipped_frames_and_says_so(
    open_page: Open, exhibit: SimpleNamespace, pool: Pool, lang: str
) -> None:
    page = open_page("generate", lang)
    assert not page.exception
    assert not page.error
    assert not pool.asked
    assert (grey(exhibit), exhibit.epochs, exhibit.mode, exhibit.autoplay) == (200, (2,), "pictures", True)
    assert strings(lang)["generate.from_shipped"] in page.caption[0].value
    assert len(exhibit.captions) == 10
    assert exhibit.captions[1] == strings(lang)["classes.ghost"]


def test_every_epoch_of_the_shipped_run_is_there_at_once(open_page: Open, exhibit: SimpleNamespace, pool: Pool) -> None:
    page = open_page("generate")
    control(page.segmented_control, "epoch").set_value("1").run()
    assert (exhibit.epochs, url(page)["epoch"]) == ((1,), "1")
    control(page.segmented_control, "view").set_value("epochs").run()
    assert (exhibit.epochs, exhibit.mode, exhibit.epoch) == (EPOCHS, "epochs", 1)
    assert not pool.asked


def test_what_another_page_held_does_not_leak_in(open_page: Open, exhibit: SimpleNamespace, pool: Pool) -> None:
    """Both pages have t, seed and view, with other defaults."""
    page = open_page("add_noise")
    assert (page.session_state["t"], page.session_state["seed"]) == (300, 0)
    page.switch_page("../pages/generate/page.py").run()
    seed = control(page.number_input, "seed").value
    assert (exhibit.t, exhibit.autoplay, seed) == (0, True, request_parts.DEFAULT_SEED)
    assert not pool.asked
    assert not page.warning


def test_frames_of_other_weights_are_not_shown(
    open_page: Open, exhibit: SimpleNamespace, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RunFolder, "header", lambda self, epoch: SimpleNamespace(sha256="trained anew"))
    open_page("generate")
    assert len(pool.asked) == 1
    assert exhibit.frames is None


def test_a_changed_setting_is_computed_while_the_last_result_stays(
    open_page: Open, exhibit: SimpleNamespace, pool: Pool
) -> None:
    page = open_page("generate")
    control(page.number_input, "seed").set_value(7).run()
    assert [handle.request.sample.seed for handle in pool.asked] == [7]
    assert grey(exhibit) == 200
    assert "3" in page.get("progress")[0].proto.text
    assert any("opacity" in str(html.proto.body) for html in page.get("html"))
    page.run()
    assert len(pool.asked) == 1
    pool.asked[0].state = "done"
    page.run()
    assert grey(exhibit) == 7
    assert strings("en")["generate.from_here"] in page.caption[0].value
    assert not page.get("progress")


def test_a_newer_request_cancels_the_older_one(open_page: Open, pool: Pool) -> None:
    page = open_page("generate")
    control(page.number_input, "seed").set_value(7).run()
    control(page.number_input, "seed").set_value(8).run()
    assert [handle.state for handle in pool.asked] == ["cancelled", "running"]
    control(page.number_input, "seed").set_value(request_parts.DEFAULT_SEED).run()
    assert [handle.state for handle in pool.asked] == ["cancelled", "cancelled"]
    assert strings("en")["generate.from_shipped"] in page.caption[0].value


def test_cancel_keeps_the_settings_and_the_last_result(open_page: Open, exhibit: SimpleNamespace, pool: Pool) -> None:
    page = open_page("generate")
    control(page.number_input, "seed").set_value(7).run()
    button(page, "common.cancel").click().run()
    assert pool.asked[0].state == "cancelled"
    assert (control(page.number_input, "seed").value, grey(exhibit)) == (7, 200)
    page.run()
    assert len(pool.asked) == 1
    pool.ready = True
    button(page, "common.again").click().run()
    assert len(pool.asked) == 2
    assert grey(exhibit) == 7


def test_a_failure_is_told_in_place(open_page: Open, exhibit: SimpleNamespace, pool: Pool) -> None:
    page = open_page("generate")
    control(page.number_input, "seed").set_value(7).run()
    pool.asked[0].state, pool.asked[0].error = "failed", "epoch-0002.safetensors cannot be read as a checkpoint."
    page.run()
    assert page.error[0].value == plain(pool.asked[0].error)
    assert grey(exhibit) == 200
    pool.ready = True
    button(page, "common.again").click().run()
    assert not page.error
    assert grey(exhibit) == 7


def test_a_damaged_checkpoint_is_told_in_place(
    open_page: Open, exhibit: SimpleNamespace, shipped: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("generate")
    monkeypatch.setattr(asking, "pool", jobs.pool.pool)
    monkeypatch.setattr(RunFolder, "header", HEADER)
    shipped.checkpoint(2).write_bytes(b"half a checkp")
    control(page.number_input, "seed").set_value(7).run()
    assert not page.exception
    assert plain("epoch-0002.safetensors cannot be read as a checkpoint") in page.error[0].value
    assert (control(page.number_input, "seed").value, grey(exhibit)) == (7, 200)


def test_a_broken_store_hides_only_its_own_runs(open_page: Open, exhibit: SimpleNamespace, runs_dir: Path) -> None:
    runs_dir.mkdir()
    (runs_dir / "lab.db").write_bytes(b"this is no database" * 100)
    page = open_page("generate")
    assert not page.exception
    assert "lab.db" in page.error[0].value
    assert grey(exhibit) == 200


def test_the_request_follows_every_control(open_page: Open, pool: Pool) -> None:
    page = open_page("generate", seed=5)
    control(page.selectbox, "label").set_value("cat").run()
    control(page.number_input, "guidance").set_value(3.0).run()
    control(page.selectbox, "pictures").set_value("4").run()
    control(page.segmented_control, "epoch").set_value("1").run()
    control(page.number_input, "steps").set_value(5).run()
    asked = pool.asked[-1].request
    assert (asked.epochs, Path(asked.run_path).name) == ((1,), "sprites")
    assert (asked.sample.labels, asked.sample.guidance_scale, asked.sample.seed) == ((2,), 3.0, 5)
    assert (asked.sample.sampler, asked.sample.num_sampling_steps, asked.sample.num_pictures) == ("ddim", 5, 4)
    again = open_page("generate", **url(page))
    assert pool.asked[-1].request == asked
    assert not again.warning


def test_steps_follow_the_sampler(open_page: Open, pool: Pool) -> None:
    page = open_page("generate", steps=7)
    for sampler, steps in (("ddpm", 1000), ("dpmpp_2m", 20), ("ddim", 50)):
        control(page.selectbox, "sampler").set_value(sampler).run()
        assert control(page.number_input, "steps").value == steps
        assert "steps" not in url(page)
    assert control(open_page("generate", sampler="ddpm").number_input, "steps").value == 1000


def test_back_over_a_change_of_sampler_finds_what_was_there(
    open_page: Open, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each change of the address is a step of the browser's history; none may show what nobody has set."""
    addresses = []
    send = QueryParams._send_query_param_msg

    def noted(self: QueryParams) -> None:
        addresses.append({name: self[name] for name in ("sampler", "steps") if name in self})
        send(self)

    monkeypatch.setattr(QueryParams, "_send_query_param_msg", noted)
    monkeypatch.setattr(state, "LATE_SECONDS", 0.0)
    page = open_page("generate", steps=5)
    control(page.selectbox, "sampler").set_value("ddpm").run()
    assert addresses == [{}, {"sampler": "ddpm"}]
    history = [{"steps": "5"}, *addresses]
    for address, sampler, steps in zip(
        history[1::-1] + history[1:], ("ddim", "ddim", "ddim", "ddpm"), (50, 5, 50, 1000), strict=True
    ):
        for name in ("sampler", "steps"):
            if name in page.query_params:
                del page.query_params[name]
        for name, value in address.items():
            page.query_params[name] = value
        page.run()
        assert (control(page.selectbox, "sampler").value, control(page.number_input, "steps").value) == (sampler, steps)
    assert len(addresses) == 2, "the page itself changes no address on the way"


def test_a_link_may_ask_for_both_sampler_and_steps(open_page: Open, pool: Pool) -> None:
    page = open_page("generate", steps=5)
    page.query_params["sampler"] = "ddpm"
    assert control(page.run().number_input, "steps").value == 5


def test_classes_may_be_called_as_the_choices_beside_them(
    open_page: Open, pool: Pool, shipped: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = DataInfo("mine", 16, 16, 3, ("each", "none", "rock"))
    mine = Store().enqueue(CONFIG, "mine")
    run = RunFolder.create(Store().run(mine).folder, CONFIG, info)
    for epoch in EPOCHS:
        run.checkpoint(epoch).touch()
    for asked, labels in (("each", ()), ("none", (-1,)), ("=each", (0,)), ("=none", (1,)), ("rock", (2,))):
        open_page("generate", run=mine, label=asked)
        assert pool.asked[-1].request.sample.labels == labels


def test_no_class_needs_no_guidance(open_page: Open, pool: Pool) -> None:
    page = open_page("generate", label="none", guidance=4)
    assert (pool.asked[-1].request.sample.labels, pool.asked[-1].request.sample.guidance_scale) == ((-1,), 1.0)
    assert "guidance" not in controlled(page.number_input)


def test_own_runs_are_offered_and_unknown_ones_explained(open_page: Open, pool: Pool) -> None:
    store = Store()
    short = replace(CONFIG, schedule=ScheduleConfig(num_timesteps=300), class_conditional=False)
    mine = store.enqueue(short, "my first run")
    make_run(store.run(mine).folder, short)
    waiting = store.enqueue(CONFIG, "still in the queue")
    page = open_page("generate", run=mine)
    assert control(page.selectbox, "run").options == ["Full-size sprites (ships with the app)", "my first run"]
    assert Path(pool.asked[-1].request.run_path) == store.run(mine).folder
    assert control(page.number_input, "steps").max == 300
    assert pool.asked[-1].request.sample.labels == ()
    pool.asked[-1].state = "done"
    assert "my first run ·" in page.run().caption[0].value
    other = open_page("generate", run="nosuch")
    assert "run=nosuch" in other.warning[0].value
    assert f"sprites, {mine}" in other.warning[0].value
    assert strings("en")["generate.from_shipped"] in other.caption[0].value
    early = open_page("generate", run=waiting)
    assert early.info[0].value == strings("en")["generate.no_checkpoint"]
    assert not early.warning
    assert strings("en")["generate.from_shipped"] in early.caption[0].value


def test_an_epoch_chosen_for_one_run_does_not_trouble_the_next(open_page: Open, pool: Pool) -> None:
    store = Store()
    mine = store.enqueue(CONFIG, "mine")
    make_run(store.run(mine).folder).checkpoint(1).unlink()
    page = open_page("generate", epoch=1)
    control(page.selectbox, "run").set_value(mine).run()
    assert not page.warning
    assert pool.asked[-1].request.epochs == (2,)


def test_without_any_run_the_page_leads_to_train(open_page: Open, shipped: RunFolder) -> None:
    (shipped.path / "config.json").unlink()
    page = open_page("generate")
    assert page.info[0].value == strings("en")["generate.no_runs"]
    assert "train" in page.get("page_link")[0].proto.page


def test_where_the_learner_lets_go_is_in_the_url(open_page: Open, exhibit: SimpleNamespace) -> None:
    page = open_page("generate", view="epochs", t=600, kind="x0_hat", epoch=1, picture=2)
    assert not page.warning
    assert (exhibit.epoch, exhibit.t, exhibit.kind, exhibit.picture) == (1, 600, "x0_hat", 2)
    assert exhibit.autoplay is False
    exhibit.release = PlayerState(0, 200, "eps_hat", 1)
    page.run()
    wanted = {"view": "epochs", "t": "200", "kind": "eps_hat", "epoch": "0", "picture": "1"}
    assert url(page) == {"lang": "en", **wanted}
    exhibit.release = PlayerState(2, 0, "xt", 0)
    page.run()
    assert url(page) == {"lang": "en", "view": "epochs"}


def test_a_grid_of_epochs_is_asked_for_few_pictures(open_page: Open, pool: Pool) -> None:
    page = open_page("generate", pictures=64)
    assert pool.asked[-1].request.sample.num_pictures == 64
    control(page.segmented_control, "view").set_value("epochs").run()
    assert pool.asked[-1].request.epochs == EPOCHS
    assert pool.asked[-1].request.sample.num_pictures == request_parts.MAX_IN_GRID


def test_files_to_take_away_hold_the_pictures() -> None:
    with Image.open(io.BytesIO(takeaway.png(trajectory((2,), 10, grey=9)))) as picture:
        assert picture.size == (5 * 16 * 4, 2 * 16 * 4)
        assert picture.getpixel((3, 3)) == (9, 9, 9)
    with Image.open(io.BytesIO(takeaway.gif(trajectory(EPOCHS, 3)))) as walk:
        assert walk.size == (3 * 16 * 4, 3 * 16 * 4)
        assert walk.info["loop"] == 0


# SDEdit: from a picture


def drawn(page: AppTest, grey: int = 7) -> AppTest:
    page.session_state["drawing_colour"] = np.full((16, 16, 3), grey, np.uint8)
    return page.run()


def test_without_a_drawing_the_walk_starts_from_noise_and_says_so(
    open_page: Open, exhibit: SimpleNamespace, pool: Pool
) -> None:
    """A link names the drawing; the picture itself is its maker's."""
    page = open_page("generate", start="drawing", t_start=400)
    assert page.info[0].value == strings("en")["generate.no_drawing"]
    assert button(page, "drawing.start")
    assert (grey(exhibit), pool.asked) == (200, [])
    drawn(page)
    assert not page.info
    assert button(page, "drawing.edit")
    start = pool.asked[-1].request.start
    assert start.t == 400
    np.testing.assert_array_equal(start.picture, np.full((16, 16, 3), 7, np.uint8))
    assert (url(page)["start"], url(page)["t_start"]) == ("drawing", "400")


def test_t_start_and_the_drawing_are_part_of_the_request(open_page: Open, exhibit: SimpleNamespace, pool: Pool) -> None:
    pool.ready = True
    page = drawn(open_page("generate", start="drawing"))
    assert pool.asked[-1].request.start.t == 500, "by default half of T"
    assert "t = 500" in page.caption[0].value
    control(page.slider, "t_start").set_value(300).run()
    assert pool.asked[-1].request.start.t == 300
    drawn(page, 9)
    assert pool.asked[-1].request.start.picture[0, 0, 0] == 9
    assert len(pool.asked) == 3
    page.run()
    assert len(pool.asked) == 3
    control(page.selectbox, "start").set_value("noise").run()
    assert len(pool.asked) == 3
    assert strings("en")["generate.from_shipped"] in page.caption[0].value


def test_no_more_steps_than_t_start(open_page: Open, pool: Pool) -> None:
    page = drawn(open_page("generate", start="drawing", t_start=30))
    assert (control(page.number_input, "steps").value, control(page.number_input, "steps").max) == (30, 30)
    control(page.slider, "t_start").set_value(700).run()
    assert pool.asked[-1].request.sample.num_sampling_steps == 50, "the number nobody chose follows"
    control(page.number_input, "steps").set_value(10).run()
    control(page.slider, "t_start").set_value(600).run()
    assert pool.asked[-1].request.sample.num_sampling_steps == 10, "the number that was chosen stays"
    control(page.selectbox, "sampler").set_value("ddpm").run()
    assert pool.asked[-1].request.sample.num_sampling_steps == 600
    control(page.slider, "t_start").set_value(4).run()
    assert pool.asked[-1].request.sample.num_sampling_steps == 4


def test_a_held_out_picture_can_be_the_start(open_page: Open, pool: Pool) -> None:
    page = open_page("generate", start="held_out", t_start=250)
    first = pool.asked[-1].request.start
    assert (first.t, first.shape) == (250, (16, 16, 3))
    button(page, "generate.another").click().run()
    second = pool.asked[-1].request.start
    assert second.pixels != first.pixels
    open_page("generate", **url(page))
    assert pool.asked[-1].request.start == second


def test_where_nobody_can_draw_the_drawing_is_not_offered(
    open_page: Open, shipped: RunFolder, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RunFolder, "data_info", DataInfo("mine", 32, 32, 3, CLASSES))
    page = open_page("generate", start="drawing")
    assert "start=drawing" in page.warning[0].value
    assert control(page.selectbox, "start").value == "noise"


@pytest.mark.parametrize("link", [{"t_start": 0}, {"t_start": 1001}, {"start": "sketch"}])
def test_a_link_with_no_such_start_is_explained(open_page: Open, pool: Pool, link: dict[str, object]) -> None:
    page = open_page("generate", **{"start": "held_out", **link})
    name, value = next(iter(link.items()))
    assert f"{name}={value}" in page.warning[0].value
    assert not page.exception
