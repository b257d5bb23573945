"""The page Compare runs without a browser: which runs, what differs, whose curves, experiments, files in and out."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from ddpm_core.config import SampleConfig, TrainConfig, to_dict
from ddpm_core.quality.report import ClassifierNote, Measure, QualityReport
from ddpm_core.runs.experiments import BASE, EXPERIMENTS
from ddpm_core.runs.folder import RunFolder
from jobs.pool import pool
from jobs.pool.tasks.score_epoch import Score, ScoreRequest
from jobs.pool.tasks.trajectory import TrajectoryRequest
from jobs.store.store import Store
from jobs.transfer.zips import stream_zip
from pages.compare import samples
from tests.support.pages import control, html
from tests.support.plotly_figures import figures
from tests.support.runs import made_up_run
from ui import i18n
from ui.i18n import LANGUAGES, strings
from ui.inline import plain
from ui.runs import downloads, export

Open = Callable[..., AppTest]
QUICK = replace(BASE, num_epochs=2, keep_epochs=(0, 1, 2))


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped runs that holds two twins."""
    checkpoints = tmp_path / "checkpoints"
    monkeypatch.setenv("DDPM_CHECKPOINTS_DIR", str(checkpoints))
    made_up_run(checkpoints / "sprites_eps", replace(QUICK, prediction_type="eps"), loss=0.1)
    made_up_run(checkpoints / "sprites_v", QUICK, loss=0.3)
    return checkpoints


@pytest.fixture
def store(runs_dir: Path) -> Store:
    return Store(runs_dir)


def adopted(store: Store, name: str, config: TrainConfig = QUICK) -> str:
    """A finished run of the store."""
    folder = store.root / f"own-{len(store.runs())}"
    made_up_run(folder, config)
    return store.adopt(folder, name)


def rows(page: AppTest) -> list[str]:
    """The first cell of each row of the table."""
    return re.findall(r'<th scope="row">([^<]*)</th>', html(page))


def chosen(page: AppTest) -> list[str]:
    return list(control(page.multiselect, "runs").value)


# Which runs


def test_a_first_visit_compares_the_shipped_twins(open_page: Open) -> None:
    page = open_page("compare")
    assert not page.exception
    assert chosen(page) == ["sprites_eps", "sprites_v"]
    assert "runs" not in page.query_params  # written there by the page, Back would come to it for ever
    assert html(page).count("data:image/png") == 2
    assert len(page.get("vega_lite_chart")) == 1


def test_without_twins_the_newest_runs_are_compared(open_page: Open, shipped: Path, store: Store) -> None:
    (shipped / "sprites_v").rename(shipped / "sprites")
    first, second = adopted(store, "first"), adopted(store, "second")
    assert chosen(open_page("compare")) == [second, first]


def test_a_run_alone_asks_for_a_second(open_page: Open, shipped: Path) -> None:
    page = open_page("compare", runs="sprites_v")
    assert strings("en")["compare.add_one"] in [caption.value for caption in page.caption]
    assert "Small sprites, v" in html(page)


def test_without_any_run_the_experiments_remain(
    open_page: Open, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DDPM_CHECKPOINTS_DIR", str(shipped / "none"))
    page = open_page("compare")
    assert not page.exception
    assert strings("en")["compare.add_two"] in [caption.value for caption in page.caption]
    assert len([button for button in page.button if (button.key or "").startswith("compare_start")]) == len(EXPERIMENTS)


def test_the_address_chooses(open_page: Open, store: Store) -> None:
    own = adopted(store, "mine")
    page = open_page("compare", runs=f"{own},sprites_v")
    assert chosen(page) == [own, "sprites_v"]
    control(page.multiselect, "runs").set_value(["sprites_v"]).run()
    assert page.query_params["runs"] == "sprites_v"


def test_an_unknown_run_in_the_address_is_named(open_page: Open) -> None:
    page = open_page("compare", runs="sprites_v,gone")
    assert "gone" in page.warning[0].value
    assert not page.exception


def test_more_than_four_are_cut(open_page: Open, store: Store) -> None:
    ids = [adopted(store, str(k)) for k in range(5)]
    page = open_page("compare", runs=",".join(ids))
    assert "4" in page.warning[0].value
    assert html(page).count('<th scope="col">') == 4


# What differs


def test_only_what_differs_is_listed_unless_asked(open_page: Open) -> None:
    page = open_page("compare", runs="sprites_eps,sprites_v")
    words = strings("en")
    assert rows(page) == [words["compare.trained"], words["compare.held_out"], words["compare.setting_prediction_type"]]
    assert words["compare.value_prediction_type_eps"] in html(page)
    control(page.toggle, "knobs").set_value(True).run()
    assert len(rows(page)) > 40
    assert html(page).count('class="differs"') == 1
    assert "compare.setting" not in html(page)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_setting_has_a_word(lang: str, open_page: Open) -> None:
    page = open_page("compare", lang, knobs="true")
    assert len(rows(page)) > 40
    assert not [name for name in rows(page) if "_" in name]


def test_a_run_and_its_copy_differ_in_nothing(open_page: Open, store: Store) -> None:
    ids = [adopted(store, name) for name in ("one", "two")]
    assert strings("en")["compare.same"] in html(open_page("compare", runs=",".join(ids)))


def test_a_branch_and_its_copy_differ_in_what_they_begin_with(open_page: Open, store: Store) -> None:
    parent, branch, imported = (adopted(store, name) for name in ("parent", "branch", "imported"))
    with store.database.writing() as connection:
        connection.execute("UPDATE runs SET parent = ? WHERE id = ?", (f"{parent}@9", branch))
        connection.execute("UPDATE runs SET started = created WHERE id IN (?, ?)", (parent, branch))
    words = html(open_page("compare", runs=f"{parent},{branch}"))
    assert strings("en")["compare.same"] not in words
    assert strings("en")["compare.begins_anew"] in words
    assert strings("en")["compare.begins_with"].format(name="parent", epoch=9) in words
    assert words.count('class="differs"') == 1
    words = html(open_page("compare", runs=f"{branch},{imported}"))
    assert strings("en")["compare.begins_anew"] not in words, "a zip does not tell what its run began with"


def test_a_name_is_text_and_not_markup(open_page: Open, store: Store) -> None:
    own = adopted(store, "<img src=x onerror=alert(1)>")
    body = html(open_page("compare", runs=f"{own},sprites_v"))
    assert "<img src=x" not in body
    assert "&lt;img src=x" in body


# Curves


def test_curves_of_different_questions_are_not_to_be_compared(open_page: Open, store: Store) -> None:
    page = open_page("compare", runs="sprites_eps,sprites_v")
    assert "Predicts" in page.info[0].value
    own = adopted(store, "large batch", replace(QUICK, batch_size=128))
    assert not open_page("compare", runs=f"sprites_v,{own}").info


def spec(page: AppTest, chart: int = 0) -> dict[str, Any]:
    return dict(json.loads(page.get("vega_lite_chart")[chart].proto.spec))


def line(page: AppTest) -> dict[str, Any]:
    """The encoding of the curves on the chart of losses."""
    return dict(spec(page)["layer"][0]["encoding"])


def test_axis_scale_and_curve_are_in_the_address(open_page: Open) -> None:
    page = open_page("compare")
    assert spec(page)["encoding"]["x"]["field"] == "step"
    assert line(page)["y"]["scale"]["type"] == "log"
    for name, value in (("axis", "seconds"), ("scale", "linear"), ("curve", "batches")):
        control(page.segmented_control, name).set_value(value).run()
        assert page.query_params[name] == value
    assert not page.exception
    assert spec(page)["encoding"]["x"]["field"] == "seconds"
    assert line(page)["y"]["scale"] == {"zero": True}
    again = open_page("compare", axis="seconds", scale="linear", curve="batches")
    assert spec(again) == spec(page)


def test_every_run_has_a_colour_and_dashes_of_its_own(open_page: Open, store: Store) -> None:
    ids = [adopted(store, str(k)) for k in range(4)]
    encoding = line(open_page("compare", runs=",".join(ids)))
    for channel in ("color", "strokeDash"):
        scale = encoding[channel]["scale"]
        assert len({str(value) for value in scale["range"]}) == len(scale["domain"]) == 4


# Pictures


@dataclass
class Handle:
    """A request to the pool, as the page sees it."""

    state: str = "running"
    progress: tuple[int, int] = (3, 30)
    error: str = ""
    answer: Any = None

    def result(self) -> Any:
        if self.state == "failed":
            raise ValueError(self.error)
        return self.answer

    def cancel(self) -> None:
        self.state = "cancelled"


class Pool:
    """Stands in for jobs.pool.pool: notes what is asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: dict[Any, Handle] = {}
        monkeypatch.setattr(pool, "submit", self.submit)

    def submit(self, task: str, request: Any) -> Handle:
        return self.asked.setdefault(request, Handle())


@pytest.fixture
def fake_pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    return Pool(monkeypatch)


def test_seed_0_shows_what_the_runs_kept(open_page: Open, fake_pool: Pool) -> None:
    assert html(open_page("compare")).count("data:image/png") == 2
    assert not fake_pool.asked


def test_another_seed_is_sampled_and_progress_shown(open_page: Open, fake_pool: Pool, shipped: Path) -> None:
    page = open_page("compare")
    control(page.number_input, "seed").set_value(7).run()
    sample = replace(samples.KEPT, seed=7)
    assert set(fake_pool.asked) == {
        TrajectoryRequest(str(shipped / name), (2,), sample) for name in ("sprites_eps", "sprites_v")
    }
    assert "data:image/png" not in html(page)
    assert "6 of 60" in page.get("progress")[0].proto.text
    for handle in fake_pool.asked.values():
        frames = {"xt": np.zeros((1, 31, 10, 16, 16, 3), np.uint8)}
        handle.state, handle.answer = "done", SimpleNamespace(frames=frames)
    page.run()
    assert html(page).count("data:image/png") == 2
    assert not page.get("progress")


def test_what_is_no_longer_wanted_is_cancelled(open_page: Open, fake_pool: Pool) -> None:
    page = open_page("compare", seed=7)
    before = list(fake_pool.asked.values())
    control(page.number_input, "seed").set_value(0).run()
    assert [handle.state for handle in before] == ["cancelled", "cancelled"]


def test_a_failure_is_told_in_its_place(open_page: Open, fake_pool: Pool) -> None:
    page = open_page("compare", seed=7)
    for handle in fake_pool.asked.values():
        handle.state, handle.error = "failed", "Memory ran out <here>."
    page.run()
    assert [error.value for error in page.error] == [plain("Memory ran out <here>.")]
    fake_pool.asked.clear()
    next(button for button in page.button if button.label == strings("en")["common.again"]).click().run()
    assert len(fake_pool.asked) == 2
    assert not page.error


def test_a_short_schedule_is_walked_whole(open_page: Open, fake_pool: Pool, store: Store) -> None:
    own = adopted(store, "short", replace(QUICK, schedule=replace(QUICK.schedule, num_timesteps=20)))
    open_page("compare", runs=own, seed=3)
    (request,) = fake_pool.asked
    assert request.sample.num_sampling_steps == 20


def test_each_run_shows_its_nearest_epoch(open_page: Open, store: Store) -> None:
    own = adopted(store, "long", replace(QUICK, num_epochs=9))
    folder = store.run(own).folder
    for kind in ("epoch-{}.safetensors", "samples/epoch-{}.png"):
        (folder / kind.format("0001")).rename(folder / kind.format("0009"))
    body = html(open_page("compare", runs=f"{own},sprites_v", epoch=9))
    assert "epoch 9" in body
    assert "epoch 2" in body


def test_pictures_of_other_sizes_are_said_to_start_elsewhere(open_page: Open, store: Store) -> None:
    own = adopted(store, "grey")
    config = json.loads((store.run(own).folder / "config.json").read_text())
    config["data_info"]["channels"] = 1
    (store.run(own).folder / "config.json").write_text(json.dumps(config))
    page = open_page("compare", runs=f"{own},sprites_v")
    assert strings("en")["compare.other_noise"] in [caption.value for caption in page.caption]


# Quality


def report(epoch: int, accuracy: float, num: int = 1000) -> QualityReport:
    measure = Measure(accuracy, 1.0)
    return QualityReport(
        run="r", epoch=epoch, sha256="0", num_samples=num, num_training=10, sampling=SampleConfig(),
        classifier=ClassifierNote("0", 1.0), class_accuracy=measure, frechet=Measure(2.0, 0.2), random_frechet=measure,
        precision=measure, recall=measure, nearest_training=measure, closer_than_held_out=measure,
    )  # fmt: skip


def test_shipped_quality_comes_from_the_manifest(open_page: Open, shipped: Path, fake_pool: Pool) -> None:
    epochs = {str(epoch): {"quality": to_dict(report(epoch, 0.9))} for epoch in (0, 1, 2)}
    manifest = {name: {"epochs": epochs} for name in ("sprites_eps", "sprites_v")}
    (shipped / "MANIFEST.json").write_text(json.dumps(manifest))
    page = open_page("compare")
    accuracy, distance = figures(page)
    for figure, value, real in ((accuracy, 0.9, 1.0), (distance, 2.0, 0.2)):
        assert [(trace["name"], list(trace["x"]), list(trace["y"])) for trace in figure["data"][1:]] == [
            (name, [0, 500, 1000], [value] * 3) for name in ("A · Small sprites, ε", "B · Small sprites, v")
        ]
        assert list(figure["data"][0]["y"]) == [real] * 2, "real pictures"
    assert accuracy["alt"] == strings("en")["compare.class_accuracy_alt"]
    assert distance["layout"]["yaxis"]["type"] == "log"
    assert not [button for button in page.button if button.key == "compare_measure"]
    assert not fake_pool.asked


def test_quality_of_own_runs_is_measured_on_request(
    open_page: Open, store: Store, fake_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "look_up", lambda task, request: None)
    own = adopted(store, "mine")
    page = open_page("compare", runs=own)
    button = next(button for button in page.button if button.key == "compare_measure")
    assert "3" in button.label
    button.click().run()
    folder = str(store.run(own).folder)
    assert list(fake_pool.asked) == [ScoreRequest(folder, epoch) for epoch in (0, 1, 2)]
    assert "3 epochs left" in page.get("progress")[0].proto.text
    for epoch, handle in enumerate(fake_pool.asked.values()):
        handle.state, handle.answer = "done", Score(report(epoch, 0.5, num=300))
    page.run()
    assert not page.get("progress")
    assert [list(figure["data"][1]["y"]) for figure in figures(page)] == [[0.5] * 3, [2.0] * 3]
    assert any("300" in caption.value for caption in page.caption)
    assert not [button for button in page.button if button.key == "compare_measure"]


def test_measuring_can_be_cancelled_and_fail(open_page: Open, store: Store, fake_pool: Pool) -> None:
    page = open_page("compare", runs=adopted(store, "mine"))
    next(button for button in page.button if button.key == "compare_measure").click().run()
    next(button for button in page.button if button.key == "compare_quality_cancel").click().run()
    assert {handle.state for handle in fake_pool.asked.values()} == {"cancelled"}
    fake_pool.asked.clear()
    next(button for button in page.button if button.key == "compare_measure").click().run()
    for handle in fake_pool.asked.values():
        handle.state, handle.error = "failed", "The pictures are not here."
    page.run()
    assert "not here" in page.error[0].value
    assert next(button for button in page.button if button.key == "compare_measure")


# Experiments


def start(page: AppTest, name: str) -> Any:
    return next(button for button in page.button if button.key == f"compare_start_{name}")


def test_an_experiment_queues_its_runs_and_shows_them(open_page: Open, store: Store) -> None:
    page = open_page("compare")
    start(page, "prediction").click().run()
    assert not page.exception
    queued = store.runs()[::-1]
    assert [run.config for run in queued] == list(EXPERIMENTS["prediction"].configs)
    assert {run.status for run in queued} == {"queued"}
    assert chosen(page) == [run.id for run in queued]
    assert queued[2].name == "sprites_quick"
    assert "ε" in queued[0].name
    assert html(page).count(strings("en")["train.status_queued"]) == 3


def test_an_experiment_trains_only_what_is_missing(open_page: Open, store: Store) -> None:
    page = open_page("compare")
    start(page, "ema").click().run()
    plain = store.runs()[1].id
    assert "1" in start(page, "schedule").label
    start(page, "schedule").click().run()
    assert len(store.runs()) == 3
    assert chosen(page) == [plain, store.runs()[0].id]


def test_an_experiment_that_is_there_is_only_shown(open_page: Open, store: Store) -> None:
    ids = [adopted(store, str(k), config) for k, config in enumerate(EXPERIMENTS["steps"].configs)]
    page = open_page("compare")
    next(button for button in page.button if button.key == "compare_show_steps").click().run()
    assert chosen(page) == ids
    assert len(store.runs()) == 2


def test_a_stopped_run_does_not_count_as_there(open_page: Open, store: Store) -> None:
    store.request_stop(store.enqueue(BASE, "stopped"))
    assert "2" in start(open_page("compare"), "ema").label


def test_a_closed_queue_takes_no_experiment(open_page: Open, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDPM_TEACHER_CODE", "1234")
    store.close_queue(True)
    button = start(open_page("compare"), "ema")
    assert button.disabled
    assert button.help == strings("en")["compare.closed"]


def test_a_run_that_trains_moves_the_page(open_page: Open, store: Store) -> None:
    """Each redraw tells how far it is; what is drawn from its folder follows once an epoch has ended."""
    run_id = store.enqueue(QUICK, "live")
    page = open_page("compare", runs=f"{run_id},sprites_v")
    assert strings("en")["compare.not_begun"] in html(page)
    made_up_run(store.root / run_id, QUICK)
    with store.database.writing() as connection:
        connection.execute("UPDATE runs SET status = 'running', step = 50, total_steps = 250 WHERE id = ?", (run_id,))
    page.run()
    assert 'aria-valuenow="20"' in html(page)
    assert strings("en")["compare.not_begun"] not in html(page)


# Files


def test_every_run_can_be_taken_away(open_page: Open, store: Store) -> None:
    own = adopted(store, "mine / <b>")
    (store.run(own).folder / "resume.pt").write_bytes(b"")
    page = open_page("compare", runs=f"{own},sprites_v")
    links = [link.proto.url for link in page.get("link_button")]
    assert links == [
        f"export/{own}.zip?lang=en", f"export/{own}.zip?lang=en&resume=1", "export/sprites_v.zip?lang=en",
    ]  # fmt: skip
    assert len(page.get("download_button")) == 6


@pytest.mark.parametrize(("name", "expected"), [("Mine / <b>", "Mine-b.zip"), ("余弦", "余弦.zip"), ("..", "run.zip")])
def test_a_file_has_a_name_any_system_takes(name: str, expected: str) -> None:
    assert downloads.file_name(name, ".zip") == expected


def test_a_zip_that_is_imported_is_shown(open_page: Open, store: Store, shipped: Path) -> None:
    page = open_page("compare", runs="sprites_eps")
    content = b"".join(stream_zip(RunFolder(shipped / "sprites_v")))
    page.file_uploader[0].set_value(("A friend's.zip", content, "application/zip")).run()
    assert not page.exception
    (record,) = store.runs()
    assert record.name == "A friend's"
    assert chosen(page) == ["sprites_eps", record.id]
    assert not page.file_uploader[0].value
    assert not page.error


def test_a_broken_zip_is_refused_in_its_place(open_page: Open, store: Store) -> None:
    page = open_page("compare")
    page.file_uploader[0].set_value(("broken.zip", b"PK, or so it says", "application/zip")).run()
    assert page.error[0].value.startswith(strings("en")["compare.refused"])
    assert store.runs() == []
    page.run()
    assert len(page.error) == 1
    content = io.BytesIO(b"still broken").getvalue()
    page.file_uploader[0].set_value(("other.zip", content, "application/zip")).run()
    assert len(page.error) == 1


def answer(run_id: str, query: str = "") -> Any:
    """What the server's route says to a request for a run's zip."""
    scope = {"type": "http", "path_params": {"run": run_id}, "query_string": query.encode(), "headers": []}
    return downloads.zipped_run(Request(scope))


def body_of(response: Any) -> bytes:
    async def read() -> bytes:
        return b"".join([piece async for piece in response.body_iterator])

    # In a thread of its own: browser tests before this one leave an event loop running in theirs.
    with ThreadPoolExecutor() as thread:
        return thread.submit(asyncio.run, read()).result()


def test_the_route_streams_a_run(store: Store) -> None:
    own = adopted(store, "余弦")
    (store.run(own).folder / "resume.pt").write_bytes(b"state")
    response = answer(own)
    assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''%E4%BD%99%E5%BC%A6.zip"
    names = zipfile.ZipFile(io.BytesIO(body_of(response))).namelist()
    assert f"{own}/config.json" in names
    assert f"{own}/resume.pt" not in names
    with_state = zipfile.ZipFile(io.BytesIO(body_of(answer(own, "resume=1")))).namelist()
    assert set(with_state) - set(names) == {f"{own}/resume.pt"}
    assert "sprites_v/config.json" in zipfile.ZipFile(io.BytesIO(body_of(answer("sprites_v")))).namelist()


@pytest.mark.parametrize("run_id", ["gone", "..", "../sprites_v", ""])
def test_the_route_says_what_is_not_there(run_id: str, store: Store) -> None:
    response = answer(run_id)
    assert response.status_code == 404
    assert b"no such run" in response.body
    queued = store.enqueue(BASE, "queued")
    assert answer(queued).status_code == 404
    assert "这里没有这次训练" in answer(run_id, "lang=zh").body.decode()
    assert answer(run_id, "lang=xx").body == response.body


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_notebook_speaks_the_visitors_language(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "language", lambda: lang)
    cells = json.loads(export._notebook(QUICK, "A {name}\n# run"))["cells"]
    assert "".join(cells[0]["source"]).startswith("# A {name} # run\n")
    assert "".join(cells[-2]["source"]) == strings(lang)["notebook.samples"]
    assert "runs/A-name-run-notebook" in json.dumps(cells)
