"""The page Add noise without a browser: what reaches the exhibit, and what stands in the URL."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ddpm_core.config import ScheduleConfig
from ddpm_core.data import DataInfo, Dataset
from ddpm_core.data.own.datasets import save_own
from ddpm_core.data.own.imported import Imported
from ddpm_core.data.sprites import CLASS_NAMES, make_sprites
from ddpm_core.schedule import NoiseSchedule
from pages.add_noise import exhibit as parts
from tests.support.pages import button, control, url
from ui import cache
from ui.components.scrubber import ScrubberState
from ui.i18n import strings

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def exhibit(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the page handed to the scrubber last; `.release` is where the learner lets go next."""
    seen = SimpleNamespace(release=None)

    def scrubber(
        x0: np.ndarray, eps: np.ndarray, tables: dict[str, Any], *, t: int, view: Any, **_: Any
    ) -> ScrubberState:
        vars(seen).update(x0=x0, eps=eps, tables=tables, t=t, view=view)
        return seen.release or ScrubberState(t, view)

    monkeypatch.setattr(parts, "scrubber", scrubber)
    return seen


def sprite(name: str, seed: int = 0) -> np.ndarray:
    label = CLASS_NAMES.index(name)
    return make_sprites(10, seed)[0][label]


def alphas_cumprod(**config: Any) -> np.ndarray:
    return NoiseSchedule(ScheduleConfig(**config)).alphas_cumprod


def test_first_visit_shows_a_half_noised_sprite(open_page: Open, exhibit: SimpleNamespace) -> None:
    page = open_page("add_noise")
    assert not page.exception
    assert not page.error
    assert not page.warning
    np.testing.assert_array_equal(exhibit.x0, sprite(parts.FIRST_CLASS))
    np.testing.assert_array_equal(exhibit.tables["alphas_cumprod"], alphas_cumprod(kind="cosine"))
    assert exhibit.eps.shape == exhibit.x0.shape
    assert abs(exhibit.eps.std() - 1) < 0.1
    assert (exhibit.t, exhibit.view) == (300, "xt")
    assert url(page) == {"lang": "en"}


def test_a_link_restores_everything(open_page: Open, exhibit: SimpleNamespace) -> None:
    link = {
        "t": 40,
        "T": 50,
        "schedule": "linear",
        "view": "denoised_scale",
        "label": "ghost",
        "seed": 3,
        "beta_T": 0.3,
    }
    page = open_page("add_noise", **link)
    assert not page.error
    assert not page.warning
    np.testing.assert_array_equal(exhibit.x0, sprite("ghost", 3))
    expected = alphas_cumprod(kind="linear", num_timesteps=50, beta_T=0.3)
    np.testing.assert_array_equal(exhibit.tables["alphas_cumprod"], expected)
    assert (exhibit.t, exhibit.view) == (40, "denoised_scale")
    assert url(page) == {"lang": "en", **{name: str(value) for name, value in link.items()}}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_link_with_nonsense_is_explained_and_the_default_shown(
    open_page: Open, exhibit: SimpleNamespace, lang: str
) -> None:
    page = open_page("add_noise", lang, t=5000, T=77, schedule="sqrt", label="dragon", view="zoom")
    said = " ".join(warning.value for warning in page.warning)
    assert all(word in said for word in ("t=5000", "T=77", "schedule=sqrt", "label=dragon", "view=zoom"))
    assert (exhibit.t, exhibit.view, len(exhibit.tables["alphas_cumprod"])) == (300, "xt", 1001)


def test_another_picture_and_new_noise_change_one_thing_each(open_page: Open, exhibit: SimpleNamespace) -> None:
    page = open_page("add_noise")
    first_eps = exhibit.eps
    button(page, "add_noise.another").click().run()
    np.testing.assert_array_equal(exhibit.x0, sprite(parts.FIRST_CLASS, 1))
    np.testing.assert_array_equal(exhibit.eps, first_eps)
    assert url(page)["seed"] == "1"
    button(page, "add_noise.noise").click().run()
    np.testing.assert_array_equal(exhibit.x0, sprite(parts.FIRST_CLASS, 1))
    assert not np.array_equal(exhibit.eps, first_eps)
    assert url(page)["noise"] == "1"


def test_choosing_a_class_and_a_schedule(open_page: Open, exhibit: SimpleNamespace) -> None:
    page = open_page("add_noise")
    control(page.selectbox, "label").select("sword").run()
    np.testing.assert_array_equal(exhibit.x0, sprite("sword"))
    assert not page.number_input
    control(page.selectbox, "schedule").select("linear").run()
    np.testing.assert_array_equal(exhibit.tables["alphas_cumprod"], alphas_cumprod(kind="linear"))
    control(page.number_input, "beta_T").set_value(0.1).run()
    np.testing.assert_array_equal(exhibit.tables["alphas_cumprod"], alphas_cumprod(kind="linear", beta_T=0.1))
    assert url(page) == {"lang": "en", "label": "sword", "schedule": "linear", "beta_T": "0.1"}


def test_a_schedule_that_leaves_the_picture_says_so(open_page: Open) -> None:
    page = open_page("add_noise", schedule="linear", T=50)
    assert "0.78" in page.info[0].value
    control(page.number_input, "beta_T").set_value(0.3).run()
    assert not page.info
    control(page.number_input, "beta_T").set_value(0.02).run()
    assert page.info
    control(page.selectbox, "schedule").select("cosine").run()
    assert not page.info


def test_where_the_learner_lets_go_is_in_the_url(open_page: Open, exhibit: SimpleNamespace) -> None:
    page = open_page("add_noise")
    exhibit.release = ScrubberState(712, "denoised_scale")
    page.run()
    assert url(page) == {"lang": "en", "t": "712", "view": "denoised_scale"}
    exhibit.release = ScrubberState(300, "xt")
    page.run()
    assert url(page) == {"lang": "en"}


def test_t_keeps_its_place_when_the_number_of_steps_changes(open_page: Open, exhibit: SimpleNamespace) -> None:
    page = open_page("add_noise", t=700)
    control(page.selectbox, "T").select("50").run()
    assert exhibit.t == 35
    control(page.selectbox, "T").select("500").run()
    assert exhibit.t == 350
    assert not page.warning


def test_missing_digits_are_explained_and_the_picture_stays(
    open_page: Open, exhibit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path))
    page = open_page("add_noise", label="ghost")
    control(page.selectbox, "dataset").select("mnist").run()
    assert "python -m ddpm_core data fetch mnist" in page.error[0].value
    assert strings("en")["add_noise.no_files"] in page.error[0].value
    np.testing.assert_array_equal(exhibit.x0, sprite("ghost"))


def test_a_digit_is_a_held_out_one_of_its_class(
    open_page: Open, exhibit: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.arange(30, dtype=np.uint8)[:, None, None, None] * np.ones((1, 28, 28, 1), np.uint8)
    names = tuple("0123456789")
    digits = Dataset(images, np.arange(30, dtype=np.int64) % 10, DataInfo("mnist", 28, 28, 1, names))
    monkeypatch.setattr(cache, "held_out", lambda _name: digits)
    page = open_page("add_noise", dataset="mnist")
    assert exhibit.x0.shape == exhibit.eps.shape == (28, 28, 1)
    assert exhibit.x0[0, 0, 0] == 3
    button(page, "add_noise.another").click().run()
    control(page.selectbox, "digit").select("7").run()
    assert exhibit.x0[0, 0, 0] == 17
    control(page.selectbox, "dataset").select("sprites").run()
    assert not page.warning
    np.testing.assert_array_equal(exhibit.x0, sprite(parts.FIRST_CLASS, 1))


def test_drawn_digits_need_no_files(open_page: Open, exhibit: SimpleNamespace) -> None:
    page = open_page("add_noise", dataset="digits", digit="8")
    assert not page.error
    assert not page.warning
    digits = cache.held_out("digits")
    np.testing.assert_array_equal(exhibit.x0, digits.images[digits.labels == 8][0])


def test_a_dataset_of_ones_own_can_be_noised(
    open_page: Open, exhibit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path))
    images = np.arange(40, dtype=np.uint8)[:, None, None, None] * np.ones((1, 16, 16, 3), np.uint8)
    labels = np.arange(40, dtype=np.int64) % 2
    save_own("pets", Imported(images, labels, ("cat", "my dog"), "pets.zip", ()))
    page = open_page("add_noise", dataset="pets", label="my dog")
    assert not page.error
    assert exhibit.x0.shape == (16, 16, 3)
    assert exhibit.x0[0, 0, 0] % 2 == 1


def test_an_upload_is_shown_and_a_bad_one_leaves_it_there(open_page: Open, exhibit: SimpleNamespace) -> None:
    page = open_page("add_noise", dataset="upload")
    assert not page.error
    np.testing.assert_array_equal(exhibit.x0, sprite(parts.FIRST_CLASS))
    file = io.BytesIO()
    Image.new("RGB", (200, 100), (255, 0, 0)).save(file, format="PNG")
    uploader = page.get("file_uploader")[0]
    uploader.upload("red.png", file.getvalue(), "image/png").run()
    assert exhibit.x0.shape == (64, 64, 3)
    assert exhibit.x0.reshape(-1, 3).tolist() == [[255, 0, 0]] * 64 * 64
    page.get("file_uploader")[0].upload("notes.png", b"not a picture", "image/png").run()
    assert strings("en")["add_noise.bad_upload"] in page.error[0].value
    assert exhibit.x0[0, 0].tolist() == [255, 0, 0]
