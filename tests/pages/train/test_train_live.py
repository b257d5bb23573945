"""The live part of the page Train without a browser: which chart, of which runs, and what is measured meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ddpm_core.config import SampleConfig, TrainConfig, UNetConfig, to_dict
from ddpm_core.quality.report import Measure, QualityReport
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import NUM_T_BINS, LossByT
from ddpm_core.runs.folder import RunFolder
from jobs.pool.tasks.score_epoch import Score, ScoreRequest
from jobs.store.store import Store
from pages.train import live
from tests.support.pages import button, control, shown, url
from tests.support.runs import QUICK, claimed, made_up_run
from ui import asking
from ui.i18n import strings
from ui.runs.view import find

Open = Callable[..., AppTest]
CONFIG = replace(QUICK, num_epochs=2)


def report(epoch: int, num: int = 300, **changes: Any) -> QualityReport:
    measures: dict[str, Any] = dict.fromkeys(
        ("class_accuracy", "frechet", "random_frechet", "nearest_training", "closer_than_held_out"), Measure(0.5, 1.0)
    )
    measures |= {"precision": None, "recall": None, "classifier": None} | changes
    sampling = SampleConfig(sampler="dpmpp_2m", num_sampling_steps=20)
    return QualityReport("tiny", epoch, "abc", num, 1000, sampling, **measures)


class Pool:
    """Scores what it is asked for when the test says so."""

    def __init__(self) -> None:
        self.asked: list[Handle] = []

    def submit(self, task: str, request: ScoreRequest) -> Handle:
        assert task == "score_epoch"
        self.asked.append(Handle(request))
        return self.asked[-1]

    @property
    def epochs(self) -> list[int]:
        return [handle.request.epoch for handle in self.asked]


class Handle:
    def __init__(self, request: ScoreRequest) -> None:
        self.request, self.state, self.progress, self.error = request, "running", (30, 100), ""

    def cancel(self) -> None:
        self.state = "cancelled"

    def result(self) -> Score:
        if self.state == "failed":
            raise ValueError(self.error)
        return Score(report(self.request.epoch))


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    fake = Pool()
    monkeypatch.setattr(asking, "pool", fake)
    return fake


def adopt(name: str, config: TrainConfig = CONFIG) -> str:
    """A finished run of this computer."""
    store = Store()
    return store.adopt(made_up_run(store.root / name, config).path, name)


def charts(page: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in page.get("vega_lite_chart")]


def switch(page: AppTest, kind: str) -> AppTest:
    return control(page.segmented_control, "chart").set_value(kind).run()


def domain(spec: dict[str, Any]) -> list[str]:
    """The names in the chart's legend."""
    return spec["layer"][0]["encoding"]["color"]["scale"]["domain"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_loss_comes_first_raw_smoothed_and_held_out_with_both_weights(open_page: Open, lang: str) -> None:
    page = open_page("train", lang, run="tiny")
    (spec,) = charts(page)
    words = [strings(lang)[f"figures.loss_{name}"] for name in ("batch", "smooth", "held_out", "held_out_raw")]
    assert domain(spec) == words
    assert spec["layer"][0]["params"][0]["bind"] == "scales"
    assert "chart" not in url(page)


def test_each_chart_has_its_own_address(open_page: Open) -> None:
    page = open_page("train", run="tiny")
    for kind in ("rate", "gradient", "by_t", "quality"):
        switch(page, kind)
        assert not page.exception
        assert url(page)["chart"] == kind
    again = open_page("train", run="tiny", chart="rate")
    assert charts(again)[0]["layer"][0]["encoding"]["y"]["title"] == strings("en")["live.rate"]
    assert "chart" not in url(switch(page, "loss"))


def test_the_axis_is_linear_on_request(open_page: Open) -> None:
    page = open_page("train", run="tiny", chart="gradient", scale="linear")
    assert "type" not in charts(page)[0]["layer"][0]["encoding"]["y"]["scale"]
    control(page.segmented_control, "scale").set_value("log").run()
    assert charts(page)[0]["layer"][0]["encoding"]["y"]["scale"]["type"] == "log"


def test_other_runs_come_onto_the_chart_and_into_the_address(open_page: Open) -> None:
    first, second = adopt("first"), adopt("second", replace(CONFIG, prediction_type="eps"))
    page = open_page("train", run=first)
    options = control(page.multiselect, "with").options
    assert set(options) == {"second", "tiny"}
    control(page.multiselect, "with").set_value([second]).run()
    assert domain(charts(page)[0]) == ["first", "second"]
    assert url(page)["with"] == second
    assert strings("en")["live.other_question"] in shown(page)
    control(page.multiselect, "with").set_value(["tiny"]).run()
    assert domain(charts(page)[0]) == ["first", "tiny"]
    assert strings("en")["live.other_question"] not in shown(page)
    again = open_page("train", run=first, chart="rate", **{"with": f"{second},tiny"})
    assert domain(charts(again)[0]) == ["first", "second", "tiny"]
    assert not again.warning


def test_runs_of_one_name_are_told_apart_and_unknown_ones_named(open_page: Open) -> None:
    store = Store()
    ids = [store.adopt(made_up_run(store.root / f"run{k}", CONFIG).path, "same") for k in range(2)]
    page = open_page("train", run=ids[0], **{"with": ids[1]})
    names = domain(charts(page)[0])
    assert all(name.startswith("same · ") for name in names)
    assert "nobody" in open_page("train", run=ids[0], **{"with": "nobody"}).warning[0].value


def record_losses(run: RunFolder, value: float = 0.25) -> None:
    for step in (10, 20, 30):
        losses = tuple(float("nan") if k == 0 else value for k in range(NUM_T_BINS))
        CsvLog(run.loss_by_t, LossByT).append(LossByT(step, losses))


@pytest.mark.parametrize("kind", ["eps", "x0", "v"])
def test_the_map_of_losses_says_what_to_look_for(open_page: Open, shipped: Path, kind: Any) -> None:
    run = made_up_run(shipped / "mapped", replace(CONFIG, prediction_type=kind))
    record_losses(run)
    page = open_page("train", run="mapped", chart="by_t")
    (spec,) = charts(page)
    assert spec["layer"][0]["mark"]["type"] == "rect"
    assert strings("en")[f"live.map_{kind}"] in shown(page)
    assert not [found for found in page.multiselect if found.key.startswith("with")]


def test_without_recorded_losses_there_is_no_map(open_page: Open) -> None:
    page = open_page("train", run="tiny", chart="by_t")
    assert strings("en")["live.no_map"] in shown(page)
    assert not charts(page)


def test_a_one_step_denoiser_has_no_map_and_no_quality(open_page: Open, shipped: Path) -> None:
    blind = replace(
        CONFIG,
        unet=UNetConfig(time_conditioned=False),
        prediction_type="x0",
        class_conditional=False,
        denoiser_sigma=0.5,
    )
    made_up_run(shipped / "one_step", blind)
    page = open_page("train", run="tiny", chart="by_t")
    control(page.selectbox, "run").set_value("one_step").run()
    assert len(control(page.segmented_control, "chart").options) == 3
    assert len(charts(page)) == 1
    assert not page.warning


def test_quality_of_a_shipped_run_is_read_not_measured(open_page: Open, shipped: Path, pool: Pool) -> None:
    epochs = {str(epoch): {"quality": to_dict(report(epoch, 1000))} for epoch in (0, 1, 2)}
    (shipped / "MANIFEST.json").write_text(json.dumps({"tiny": {"epochs": epochs}}), encoding="utf-8")
    page = open_page("train", run="tiny", chart="quality")
    assert not pool.asked
    titles = [spec["title"]["text"] for spec in charts(page)]
    words = strings("en")
    assert titles == [words["figures.held_out_loss"], words["figures.accuracy"], words["live.frechet"]]
    assert "1000 samples, DPM-Solver++, 20 steps, guidance 1" in shown(page)


def test_quality_is_measured_newest_first_one_at_a_time(open_page: Open, pool: Pool) -> None:
    page = open_page("train", run=adopt("mine"), chart="quality")
    assert pool.epochs == [2]
    assert strings("en")["live.measuring"].format(epoch=2) in page.get("progress")[0].proto.text
    page.run()
    assert pool.epochs == [2]
    pool.asked[0].state = "done"
    page.run()
    assert pool.epochs == [2, 1]
    assert len(charts(page)) == 3
    for _ in range(2):
        pool.asked[-1].state = "done"
        page.run()
    assert pool.epochs == [2, 1, 0]
    assert not page.get("progress")


def test_nothing_is_measured_until_somebody_looks(open_page: Open, pool: Pool) -> None:
    page = open_page("train", run=adopt("mine"))
    assert not pool.asked
    switch(page, "quality")
    assert pool.epochs == [2]


def test_another_run_on_screen_ends_the_measuring_of_the_first(open_page: Open, pool: Pool) -> None:
    first, second = adopt("first"), adopt("second")
    page = open_page("train", run=first, chart="quality")
    control(page.selectbox, "run").set_value(second).run()
    assert [(Path(handle.request.run_path).name, handle.state) for handle in pool.asked] == [
        (first, "cancelled"),
        (second, "running"),
    ]


def test_a_failure_is_told_once_and_can_be_tried_again(open_page: Open, pool: Pool) -> None:
    page = open_page("train", run=adopt("mine"), chart="quality")
    pool.asked[0].state, pool.asked[0].error = "failed", "own_cats has too few pictures *held out*."
    page.run()
    assert pool.epochs == [2]
    assert "too few pictures" in page.error[0].value
    button(page, "common.again").click().run()
    assert pool.epochs == [2, 2]
    assert not page.error


def test_a_damaged_checkpoint_is_told_in_place(open_page: Open, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import jobs.pool.pool

    RunFolder(shipped / "tiny").checkpoint(2).write_bytes(b"")
    monkeypatch.setattr(asking, "pool", jobs.pool.pool)
    page = open_page("train", run="tiny", chart="quality")
    assert "cannot be read as a checkpoint" in page.error[0].value.replace("\\", "")
    assert not page.exception


def test_points_are_measured_by_their_own_distance(
    open_page: Open, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = dict.fromkeys(("class_accuracy", "frechet", "random_frechet"))
    cloud = report(2, **none, sliced_wasserstein=Measure(0.2, 0.05))  # type: ignore[arg-type]
    monkeypatch.setattr(Handle, "result", lambda self: Score(replace(cloud, epoch=self.request.epoch)))
    page = open_page("train", run=adopt("mine"), chart="quality")
    pool.asked[0].state = "done"
    page.run()
    titles = [spec["title"]["text"] for spec in charts(page)]
    assert titles == [strings("en")["figures.held_out_loss"], strings("en")["live.sliced_wasserstein"]]


def test_the_picture_of_this_moment_is_shown_while_the_run_is_alive(open_page: Open) -> None:
    run_id = claimed(CONFIG)
    run = made_up_run(Store().run(run_id).folder, CONFIG)
    page = open_page("train", run=run_id)
    assert not page.get("image")
    Image.new("RGB", (160, 16), (1, 2, 3)).save(run.live)
    page.run()
    (picture,) = page.get("image")[0].proto.imgs
    assert picture.url.startswith("data:image/png;base64,")
    assert picture.alt == strings("en")["live.now_alt"]
    assert strings("en")["live.now"] in shown(page)
    Store().give_up(Store().run(run_id), "failed", "enough")
    assert not page.run().get("image")


def test_memory_is_told_where_it_is_known(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = claimed(CONFIG)
    made_up_run(Store().run(run_id).folder, CONFIG)
    label = strings("en")["live.memory"]
    assert label not in shown(open_page("train", run=run_id))
    monkeypatch.setattr(live, "resident_bytes", lambda record: 1234 * 2**20)
    assert "1,234 MB" in shown(open_page("train", run=run_id))


def test_a_gpus_memory_is_told_and_how_long_was_trained_without_the_pauses(open_page: Open) -> None:
    run_id = claimed(CONFIG)
    made_up_run(Store().run(run_id).folder, CONFIG)
    assert strings("en")["live.gpu_memory"] not in shown(open_page("train", run=run_id))
    with Store().database.writing() as connection:
        connection.execute("UPDATE runs SET gpu_bytes = ?, seconds = 83, started = 1", (2**31,))
    text = shown(open_page("train", run=run_id))
    assert "2,048 MB" in text
    minutes = strings("en")["train.minutes_seconds"].format(minutes=1, seconds="23")
    assert f"<dt>{strings('en')['train.trained']}</dt><dd>{minutes}</dd>" in text


def test_what_happens_while_the_page_is_drawn_is_not_missed() -> None:
    """Its buttons are of the status that was read first, whatever the run has become when its curves are drawn."""
    run_id = claimed(CONFIG)
    drawn = find(run_id)
    now = drawn.now()
    assert now is not None
    assert now.fingerprint == drawn.fingerprint
    Store().give_up(Store().run(run_id), "paused", "")
    now = drawn.now()
    assert now is not None
    assert now.fingerprint != drawn.fingerprint
    Store().delete(run_id)
    assert drawn.now() is None
