"""The page Data without a browser: what is looked at, what comes in, what is refused, and what is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ddpm_core.config import DataConfig
from ddpm_core.data import DataInfo, load_dataset
from ddpm_core.data.own.datasets import own_datasets, save_own
from ddpm_core.data.own.files import load_own
from ddpm_core.data.own.imported import Imported
from jobs.store.store import Store
from jobs.transfer import dataset_download
from pages.data import exhibit
from tests.support.files import encoded, npy, png, zipped
from tests.support.pages import Visitor, button, control, en, html, url
from ui import owner
from ui.components.sheet import Row
from ui.i18n import LANGUAGES, strings

Open = Callable[..., AppTest]


pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the page handed to the sheet last; `.pick` is what the learner picks next."""
    seen = SimpleNamespace(pick=None)

    def sheet(images: np.ndarray, rows: list[Row], *, picture: int, **_: Any) -> int:
        vars(seen).update(images=images, rows=rows, picture=picture)
        return picture if seen.pick is None else int(seen.pick)

    monkeypatch.setattr(exhibit, "sheet", sheet)
    return seen


def picture(colour: tuple[int, int, int] = (200, 30, 60), size: tuple[int, int] = (20, 20)) -> bytes:
    return encoded(Image.new("RGB", size, colour))


def shapes(num: int = 12) -> bytes:
    return zipped({f"{'red' if k % 2 else 'blue'}/{k}.png": picture((20 * k, 0, 200 - 10 * k)) for k in range(num)})


def own(name: str, num: int = 30, size: int = 16, classes: tuple[str, ...] = ("a <b>", "c_d")) -> None:
    images = np.random.default_rng(0).integers(0, 256, (num, size, size, 3), dtype=np.uint8)
    labels = np.arange(num) % max(1, len(classes))
    save_own(name, Imported(images, labels.astype(np.int64), classes, "made", ()))


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    uploader = page.get("file_uploader")[0]
    for name, content in files:
        uploader.upload(name, content)
    return page.run()


def test_the_first_visit_shows_sprites_by_class(open_page: Open, shown: SimpleNamespace) -> None:
    page = open_page("data")
    assert not page.exception
    assert not page.error
    assert len(shown.rows) == 10
    assert (shown.rows[0].label, shown.rows[0].note, shown.rows[0].share) == (strings("en")["classes.hero"], "100", 1)
    first = load_dataset(DataConfig("sprites", num_pictures=1000), "train")
    heroes = first.images[first.labels == 0]
    np.testing.assert_array_equal(shown.images[: shown.rows[0].num], heroes[: shown.rows[0].num])
    assert en("data.endless", num="1,000") in html(page)
    assert "float32 (3, 16, 16)" in html(page)
    assert set(page.query_params) == {"lang"}


def test_one_class_fills_the_sheet_and_the_next_sheet_goes_on(open_page: Open, shown: SimpleNamespace) -> None:
    page = open_page("data", label="cat")
    (row,) = shown.rows
    assert not row.label
    before = shown.images
    control(page.number_input, "page").set_value(2).run()
    assert url(page)["page"] == "2"
    all_cats = load_dataset(DataConfig("sprites", num_pictures=1000), "train")
    cats = all_cats.images[all_cats.labels == 2]
    np.testing.assert_array_equal(np.concatenate([before, shown.images]), cats[: len(before) + len(shown.images)])
    assert en("data.mean_of_class", label="cat") in html(page)


def test_a_picked_picture_is_in_the_address_and_in_the_steps(open_page: Open, shown: SimpleNamespace) -> None:
    page = open_page("data", picture=12)
    assert shown.picture == 12
    shown.pick = 20
    page.run()
    assert url(page)["picture"] == "20"
    # Another dataset is looked at from its beginning.
    shown.pick = None
    control(page.selectbox, "dataset").set_value("digits").run()
    assert shown.picture == 0
    assert shown.images.shape[1:] == (28, 28, 1)
    assert "picture" not in page.query_params
    assert "float32 (1, 28, 28)" in html(page)


def test_points_are_a_scatter(open_page: Open) -> None:
    page = open_page("data", dataset="moons")
    assert not page.exception
    assert not page.error
    assert len(page.get("vega_lite_chart")) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("way", ["upload", "folder", "download"])
def test_every_way_in_has_its_place_in_the_address(open_page: Open, lang: str, way: str) -> None:
    page = open_page("data", lang, add=way)
    assert not page.exception
    assert not page.error
    assert control(page.get("button_group"), "add").value == way


def test_a_zip_becomes_a_dataset(open_page: Open, shown: SimpleNamespace, data_dir: Path) -> None:
    page = upload(open_page("data"), ("My Shapes.zip", shapes()))
    assert not page.error
    name = next(field for field in page.text_input if (field.key or "").startswith("data_name"))
    assert name.value == "my_shapes"
    assert en("data.did_classes", count=2) in html(page)
    assert not own_datasets()
    name.set_value("shapes").run()
    button(page, "data.save").click().run()
    assert not page.exception
    assert own_datasets() == {"shapes": DataInfo("shapes", 20, 20, 3, ("blue", "red"))}
    assert url(page)["dataset"] == "shapes"
    assert [row.label for row in shown.rows] == ["blue", "red"]
    assert any(en("data.saved", name="shapes", num=12) in element.value for element in page.markdown)
    links = [link.proto.query_string for link in page.get("page_link")]
    assert links.count("dataset=shapes") == 2


def test_options_change_the_preview_before_anything_is_kept(open_page: Open) -> None:
    page = upload(open_page("data"), ("wide.png", picture(size=(60, 20))), ("tall.png", picture(size=(20, 60))))
    assert en("data.did_resized_crop", count=2, **{"from": en("data.mixed"), "to": "16×16"}) in html(page)
    control(page.get("button_group"), "data_fit").set_value("pad").run()
    control(page.get("button_group"), "data_size").set_value(28).run()
    assert en("data.did_resized_pad", count=2, **{"from": en("data.mixed"), "to": "28×28"}) in html(page)
    assert not own_datasets()


def test_an_array_and_its_one_hot_labels_come_in_together(open_page: Open) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3), dtype=np.uint8)
    labels = np.eye(5)[np.arange(20) % 5]
    page = upload(open_page("data"), ("sprites.npy", npy(images)), ("labels.npy", npy(labels)))
    assert not page.error
    assert en("data.did_one_hot", count=5) in html(page)
    button(page, "data.save").click().run()
    (name,) = own_datasets()
    kept = load_own(name)
    np.testing.assert_array_equal(kept.images, images)
    np.testing.assert_array_equal(kept.labels, np.arange(20) % 5)


BAD = {
    "a zip that climbs": [("bad.zip", zipped({"../../evil.png": picture()}))],
    "a picture of 400 million pixels": [("huge.png", png(20_000, 20_000, 1, 0, bytes(20_000 * 2_501)))],
    "a pickle": [("pickle.npy", npy(np.array([{"a": 1}], object), allow_pickle=True))],
    "labels of another length": [
        ("images.npy", npy(np.zeros((9, 16, 16, 3), np.uint8))),
        ("labels.npy", npy(np.zeros(7, np.int64))),
    ],
    "floats": [("floats.npy", npy(np.zeros((9, 16, 16, 3), np.float32)))],
    "nothing": [("empty.zip", zipped({}))],
    "no bytes": [("empty.npy", b"")],
    "notes": [("notes.zip", zipped({"readme.txt": b"hello"}))],
}


@pytest.mark.parametrize("files", BAD.values(), ids=BAD)
def test_bad_input_is_explained_and_leaves_nothing(
    open_page: Open, data_dir: Path, files: list[tuple[str, bytes]]
) -> None:
    page = upload(open_page("data"), *files)
    assert not page.exception
    (error,) = page.error
    assert error.value.startswith(en("data.refused"))
    assert not [found for found in page.button if found.label == en("data.save")]
    assert not data_dir.exists() or not [path for path in data_dir.iterdir() if not path.name.startswith(".")]
    # The page goes on: another file is welcome.
    page = upload(page, ("shapes.zip", shapes()))


@pytest.mark.parametrize("name", ["", "a b", "../up", "sprites", "con", "taken"])
def test_a_name_that_cannot_be_is_explained_and_stays(open_page: Open, name: str) -> None:
    own("taken")
    page = upload(open_page("data"), ("shapes.zip", shapes()))
    field = next(field for field in page.text_input if (field.key or "").startswith("data_name"))
    field.set_value(name).run()
    button(page, "data.save").click().run()
    assert len(page.error) == 1
    assert f"{name!r}" in page.error[0].value
    assert set(own_datasets()) == {"taken"}
    assert next(field for field in page.text_input if (field.key or "").startswith("data_name")).value == name


def test_what_was_dropped_into_the_folder_is_listed_and_imported(open_page: Open, data_dir: Path) -> None:
    page = open_page("data", add="folder")
    assert [info.value for info in page.info] == [en("data.folder_empty")]
    data_dir.mkdir(exist_ok=True)
    for k in range(4):
        (data_dir / "leaves" / str(k % 2)).mkdir(parents=True, exist_ok=True)
        (data_dir / "leaves" / str(k % 2) / f"{k}.png").write_bytes(picture((k, 90, 9)))
    np.save(data_dir / "pixels.npy", np.zeros((6, 8, 8), np.uint8))
    page.run()
    assert not page.info
    button(page, "data.save").click().run()
    assert not page.error
    (name,) = own_datasets()
    assert len(load_own(name).images) == 4


def test_own_datasets_are_deleted_after_asking(open_page: Open) -> None:
    own("mine")
    assert not [found for found in open_page("data").button if found.label == en("data.delete_yes")]
    page = open_page("data", dataset="mine")
    button(page, "data.delete_yes").click().run()
    assert not page.exception
    assert not own_datasets()
    assert control(page.selectbox, "dataset").value == "sprites"
    assert "dataset" not in page.query_params
    assert not page.warning


def test_in_a_class_only_its_maker_or_the_teacher_deletes_a_dataset(
    open_page: Open, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.token = "a" * 32
    monkeypatch.setenv("DDPM_TEACHER_CODE", "4711")
    own("theirs")
    own("mine")
    owner.claim_dataset("mine")

    def may(name: str) -> bool:
        page = open_page("data", dataset=name)
        return en("data.delete_yes") in [found.label for found in page.button]

    assert (may("mine"), may("theirs")) == (True, False)
    assert en("data.not_yours") in [found.help for found in open_page("data", dataset="theirs").button]
    assert owner.enter_code("4711")
    assert (may("mine"), may("theirs")) == (True, True)
    owner.leave()
    visitor.token = "b" * 32
    assert (may("mine"), may("theirs")) == (False, False)
    page = open_page("data", dataset="mine")
    monkeypatch.delenv("DDPM_TEACHER_CODE")
    visitor.address = "192.168.0.7"
    assert (may("mine"), may("theirs")) == (False, True), "without a teacher nobody's is everybody's"
    visitor.address = None
    assert not page.exception
    assert may("mine"), "whoever sits at the computer itself"


def test_names_of_classes_never_become_markup(open_page: Open) -> None:
    own("mine", classes=("<img src=x>", "b"))
    page = open_page("data", dataset="mine")
    assert not page.exception
    assert "<img src=x>" not in html(page)
    assert "&lt;img src=x&gt;" in html(page)


def test_a_damaged_dataset_is_named_and_the_page_goes_on(open_page: Open, data_dir: Path) -> None:
    own("mine")
    (data_dir / "mine" / "images.npy").write_bytes(b"nothing")
    page = open_page("data", dataset="mine")
    assert not page.exception
    assert "mine" in page.error[0].value
    control(page.selectbox, "dataset").set_value("digits").run()
    assert not page.error


@pytest.fixture
def refused_download(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fetch(name: str) -> Path:
        raise OSError("train-images.gz could not be fetched. Copy these four files.")

    monkeypatch.setattr(dataset_download, "fetch", fetch)
    at_once = SimpleNamespace(Thread=lambda target, **_: SimpleNamespace(start=target))
    monkeypatch.setattr(dataset_download, "threading", at_once)
    yield
    dataset_download._downloads.clear()


@pytest.mark.usefixtures("refused_download")
def test_offline_the_download_says_why_and_what_else_to_do(open_page: Open, data_dir: Path) -> None:
    page = open_page("data", dataset="fashion_mnist")
    assert not page.error
    label = en("data.download", name="Fashion-MNIST", megabytes="31")
    next(found for found in page.button if found.label == label).click().run()
    (error,) = page.error
    assert en("data.no_download") in error.value
    assert "Copy these four files" in error.value
    # It can be tried again.
    assert [found for found in page.button if found.label == label]


def test_train_is_offered_a_run_made_to_fit(open_page: Open) -> None:
    own("mine", num=200)
    page = open_page("train", dataset="mine")
    assert not page.exception
    assert not page.error
    assert any(en("train.few") in caption.value for caption in page.caption)
    control(page.number_input, "epochs").set_value(3)
    control(page.get("button_group"), "flip").set_value("on")
    control(page.number_input, "shift").set_value(2).run()
    assert not any(en("train.few") in caption.value for caption in page.caption)
    button(page, "train.start").click().run()
    (record,) = Store().runs()
    assert record.name == "mine"
    assert (record.config.data.name, record.config.data.num_pictures) == ("mine", 180)
    assert (record.config.data.flip, record.config.data.shift) == (True, 2)
    assert (record.config.num_epochs, record.config.class_conditional) == (3, True)


def test_another_own_dataset_brings_its_own_settings(open_page: Open) -> None:
    own("few", num=40)
    own("more", num=400)
    page = open_page("train", dataset="few")
    assert control(page.number_input, "pictures").value == 36
    control(page.selectbox, "dataset").set_value("more").run()
    assert control(page.number_input, "pictures").value == 360


def test_more_pictures_than_there_are_is_explained(open_page: Open) -> None:
    own("mine", num=40)
    page = open_page("train", dataset="mine", pictures=37)
    assert "data.num_pictures is 37; allowed: 1 to 36 for mine" in page.error[0].value
    assert button(page, "train.start").disabled
