"""The page Train without a browser: what the form queues and refuses, which run is shown, what the buttons do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ddpm_core.data import DataInfo
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.presets import PRESETS
from jobs.store.store import Store
from pages.train import presets
from tests.support.pages import button, control, shown
from tests.support.runs import QUICK, claimed
from ui.i18n import LANGUAGES, strings
from ui.runs.view import MAX_POINTS, find

Open = Callable[..., AppTest]


def test_start_queues_a_run_with_the_chosen_settings(open_page: Open) -> None:
    page = open_page("train")
    control(page.number_input, "epochs").set_value(3)
    control(page.number_input, "batch").set_value(32)
    control(page.number_input, "lr").set_value(0.0015)
    control(page.selectbox, "prediction").set_value("x0")
    control(page.number_input, "pictures").set_value(640)
    control(page.number_input, "channels").set_value(16)
    page.text_input(key="train_name").set_value("Ada's run").run()
    button(page, "train.start").click().run()

    (record,) = Store().runs()
    assert (record.status, record.name) == ("queued", "Ada's run")
    expected = replace(
        QUICK,
        num_epochs=3,
        batch_size=32,
        learning_rate=0.0015,
        prediction_type="x0",
        data=replace(QUICK.data, num_pictures=640),
        unet=replace(QUICK.unet, base_channels=16),
    )
    assert record.config == expected
    assert control(page.selectbox, "run").value == record.id
    assert page.query_params["run"] == record.id
    assert strings("en")["train.is_queued"].format(position=1) in shown(page)


def test_a_wrong_value_is_named_and_stays(open_page: Open) -> None:
    page = open_page("train")
    control(page.number_input, "batch").set_value(0).run()
    assert [error.value for error in page.error] == ["batch_size is 0; allowed: 1 to 65536."]
    assert control(page.number_input, "batch").value == 0
    assert button(page, "train.start").disabled
    control(page.number_input, "batch").set_value(8).run()
    assert not page.error
    assert not button(page, "train.start").disabled
    assert not Store().runs()


def test_a_width_that_cannot_be_is_named(open_page: Open) -> None:
    page = open_page("train")
    control(page.number_input, "channels").set_value(21).run()
    assert "unet.base_channels is 21" in page.error[0].value
    assert "even numbers" in page.error[0].value


def test_no_sprites_at_all_cannot_be_drawn(open_page: Open) -> None:
    page = open_page("train", pictures=0)
    assert page.error[0].value.startswith("data.num_pictures is 0")


def test_missing_mnist_says_how_to_fetch_it(open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path / "nothing"))
    page = open_page("train", dataset="mnist")
    assert "python -m ddpm_core data fetch mnist" in page.error[0].value
    assert button(page, "train.start").disabled


def test_another_preset_brings_its_own_values(open_page: Open) -> None:
    page = open_page("train")
    control(page.number_input, "epochs").set_value(3).run()
    assert page.query_params["epochs"] == "3"
    control(page.selectbox, "preset").set_value("course_sprites").run()
    course = PRESETS["course_sprites"]
    values = [control(page.number_input, setting).value for setting in ("epochs", "lr")]
    assert values == [course.num_epochs, course.learning_rate]
    assert control(page.selectbox, "prediction").value == course.prediction_type
    assert "epochs" not in page.query_params


def test_a_link_carries_the_settings(open_page: Open) -> None:
    page = open_page("train", preset="course_sprites", epochs=4, lr=0.01, prediction="v")
    assert [control(page.number_input, setting).value for setting in ("epochs", "lr")] == [4, 0.01]
    assert control(page.selectbox, "prediction").value == "v"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_visit_shows_the_recorded_run(open_page: Open, lang: str) -> None:
    page = open_page("train", lang)
    assert not page.exception
    assert not page.error
    assert strings(lang)["train.is_shipped"].format(epochs=2) in shown(page)
    assert shown(page).count("data:image/png;base64,") == 3 + 3
    assert len(page.get("vega_lite_chart")) == 1
    assert page.session_state["epoch"] == "2"


def test_an_unknown_run_is_named_and_the_page_goes_on(open_page: Open) -> None:
    page = open_page("train", run="nobody")
    assert "nobody" in page.warning[0].value
    assert control(page.selectbox, "run").value == "tiny"
    assert not page.exception


def test_the_newest_run_is_shown_and_stays_and_the_address_has_what_was_chosen(open_page: Open) -> None:
    first = Store().enqueue(QUICK)
    second = Store().enqueue(QUICK)
    page = open_page("train")
    assert control(page.selectbox, "run").value == second
    assert "run" not in page.query_params
    assert strings("en")["train.is_queued"].format(position=2) in shown(page)
    third = Store().enqueue(QUICK)
    assert control(page.run().selectbox, "run").value == second
    control(page.selectbox, "run").set_value(first).run()
    assert page.query_params["run"] == first
    control(page.selectbox, "run").set_value(third).run()
    assert page.query_params["run"] == third, "the newest now, but it was chosen"
    assert control(open_page("train", run=first).selectbox, "run").value == first


def test_stop_asks_the_store(open_page: Open) -> None:
    run_id = claimed()
    page = open_page("train")
    assert Store().run(run_id).status == "running"
    button(page, "queue.stop").click().run()
    assert Store().run(run_id).status == "stopping"
    assert strings("en")["train.is_stopping"] in shown(page)
    assert button(page, "queue.stop").disabled


def test_a_stopped_run_can_go_on_or_be_deleted(open_page: Open) -> None:
    run_id = Store().enqueue(QUICK)
    Store().request_stop(run_id)
    page = open_page("train")
    button(page, "queue.resume").click().run()
    assert Store().run(run_id).status == "queued"
    button(page, "queue.stop").click().run()
    button(page, "queue.delete").click().run()
    assert not Store().runs()
    assert control(page.selectbox, "run").value == "tiny"
    assert not page.warning


def test_a_failed_run_says_why_and_shows_its_log(open_page: Open) -> None:
    run_id = claimed()
    record = Store().run(run_id)
    record.folder.mkdir(parents=True)
    (record.folder / "worker.log").write_text("step 12: it went wrong\n", encoding="utf-8")
    Store().give_up(record, "failed", "loss is nan at step 12 <b>.")
    page = open_page("train")
    assert "loss is nan at step 12" in page.error[0].value
    assert page.code[0].value == "step 12: it went wrong"


def test_a_name_cannot_smuggle_in_html(open_page: Open, shipped: Path) -> None:
    evil = DataInfo("sprites", 16, 16, 3, ("<script>alert(1)</script>",))
    run = RunFolder.create(shipped / "evil", replace(QUICK, num_epochs=1), evil)
    (run.path / "samples").mkdir()
    run.checkpoint(0).touch()
    for path in (run.samples(0), run.denoise(0)):
        Image.new("RGB", (16, 48)).save(path)
    page = open_page("train", run="evil")
    assert "&lt;script&gt;" in shown(page)
    assert "<script>" not in shown(page)


def test_the_epoch_follows_the_newest_until_another_is_picked(open_page: Open, shipped: Path) -> None:
    page = open_page("train", run="tiny")
    run = RunFolder(shipped / "tiny")
    for epoch, chosen in ((3, "3"), (4, "1")):
        run.checkpoint(epoch).touch()
        run.denoise(epoch).write_bytes(run.denoise(0).read_bytes())
        assert page.run().session_state["epoch"] == chosen
        control(page.segmented_control, "epoch").set_value("1").run()


def test_every_preset_has_a_name_and_a_speed() -> None:
    for name, preset in PRESETS.items():
        assert f"train.preset_{name}" in strings("en")
        assert presets.PICTURES_PER_SECOND[name] > 0
        assert next(iter(presets.offered(preset.data.name))) in (f"{preset.data.name}_quick", "points")


def test_a_recorded_curve_is_thinned_for_the_chart(shipped: Path) -> None:
    run = find("tiny")
    metrics, ends = run.steps, run.ends
    assert 300 < len(metrics) <= MAX_POINTS
    assert metrics.step[0] == 1
    assert math.isclose(metrics.loss[0], 1.0)
    assert [end.epoch for end in ends] == [0, 1, 2]
