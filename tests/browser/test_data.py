"""The page Data in a browser: a picture is picked, own ones go all the way to an animation, bad ones are refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from ddpm_core.data.own.datasets import own_datasets
from jobs.store.store import Store
from tests.support.browser import serving, wait_ready
from ui.i18n import strings

Open = Callable[[str], Page]
pytestmark = pytest.mark.usefixtures("patience")
EN = strings("en")
NOWHERE = "http://127.0.0.1:9"
PATIENCE = 280_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this server's runs and data lie."""
    return tmp_path_factory.mktemp("data_page")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[str]:
    """An app of its own; nothing outside can be reached from it, and training waits for nobody on a busy machine."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), NOWHERE)
    here = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1")
    with serving(home, DDPM_DATA_DIR=str(home / "data"), DDPM_NICE="0", **proxies, **here) as address:
        yield address


def shapes(num: int = 200) -> bytes:
    """A zip of small pictures in two folders, circles and squares."""
    rng, packed = np.random.default_rng(0), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for k in range(num):
            picture = Image.new("RGB", (24, 30), "white")
            r = int(rng.integers(5, 9))
            x, y = (int(at) for at in rng.integers(r + 1, 23 - r, 2))
            draw = ImageDraw.Draw(picture)
            kind = ("circle", "square")[k % 2]
            (draw.ellipse if kind == "circle" else draw.rectangle)((x - r, y - r, x + r, y + r), fill=(200, 10 * r, 90))
            file = io.BytesIO()
            picture.save(file, "PNG")
            archive.writestr(f"shapes/{kind}/{k:03}.png", file.getvalue())
    return packed.getvalue()


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content})


def picked(page: Page) -> str:
    return page.locator(".lab.sheet [aria-selected=true]").get_attribute("data-k") or ""


def test_a_picture_is_picked_by_click_and_by_keys(page: Page, open_page: Open) -> None:
    open_page("/data?lang=en")
    cells = page.locator(".lab.sheet .cell")
    expect(cells.first).to_be_visible()
    across = cells.count() // 10
    cells.nth(2).click()
    page.wait_for_url("**picture=2*")
    expect(page.locator(".data.about")).to_contain_text(EN["classes.hero"])
    page.keyboard.press("ArrowRight")
    assert picked(page) == "3"
    page.keyboard.press("ArrowDown")
    assert picked(page) == str(across + 3)
    page.wait_for_url(f"**picture={across + 3}*")
    expect(page.locator(".data.about")).to_contain_text(EN["classes.ghost"])
    assert picked(page) == str(across + 3)
    # The link shows the same.
    page.reload()
    wait_ready(page)
    expect(page.locator(f".lab.sheet [data-k='{across + 3}']")).to_have_attribute("aria-selected", "true")


@pytest.mark.timeout(600)
def test_own_pictures_go_from_upload_to_animation(page: Page, open_page: Open, home: Path) -> None:
    page.set_default_timeout(90_000)
    open_page("/data?lang=en")
    upload(page, "shapes.zip", shapes())
    expect(page.locator(".data.few:not(.large) img")).to_have_count(24)
    page.get_by_role("button", name=EN["data.save"], exact=True).click()
    expect(page.get_by_text(EN["data.saved"].split("**")[2].strip().format(num=200))).to_be_visible()
    expect(page.locator(".lab.sheet .head b")).to_have_text(["circle", "square"])
    assert [path.name for path in (home / "data").iterdir() if not path.name.startswith(".")] == ["shapes"]

    page.get_by_role("link", name=EN["data.train_on_it"]).click()
    page.wait_for_url("**/train?*dataset=shapes*")
    wait_ready(page).goto(f"{page.url}&epochs=2&channels=8")  # a small network for a short test
    page.get_by_role("button", name=EN["train.start"], exact=True).click()
    expect(page.get_by_text(EN["train.is_finished"].split("**")[1])).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name=EN["train.to_generate"].format(epoch=2)).click()
    page.wait_for_url("**/generate?*")
    (run,) = Store(home / "runs").runs()
    assert (run.status, run.epoch, run.config.data.name) == ("finished", 2, "shapes")
    wait_ready(page).goto(f"{page.url}&steps=5&count=4")

    player = page.locator(".lab.player")
    expect(player.locator(".gallery figcaption").first).to_have_text("circle", timeout=PATIENCE)
    drawn = int(player.get_attribute("data-draws") or 0)
    player.get_by_role("button", name=EN["player.play"]).click()
    player.evaluate(
        "(host, n) => new Promise((done) => { const look = () =>"
        " Number(host.dataset.draws) > n + 3 ? done() : requestAnimationFrame(look); look(); })",
        drawn,
    )


def test_a_zip_that_climbs_is_refused_and_the_page_goes_on(page: Page, open_page: Open, home: Path) -> None:
    climbing = io.BytesIO()
    with zipfile.ZipFile(climbing, "w") as archive:
        archive.writestr("../../evil.png", b"x")
    open_page("/data?lang=zh")
    upload(page, "bad.zip", climbing.getvalue())
    expect(page.get_by_role("alert").filter(has_text="evil.png")).to_be_visible()
    assert not list(home.parent.rglob("evil.png"))
    page.get_by_role("button", name="bad.zip").click()  # takes it out again
    upload(page, "good.zip", shapes(20))
    expect(page.get_by_role("button", name=strings("zh")["data.save"], exact=True)).to_be_visible()


def test_a_refused_download_says_what_else_to_do(
    page: Page, open_page: Open, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_page("/data?lang=en&dataset=mnist")
    name = EN["data.download"].format(name="MNIST", megabytes="12")
    page.get_by_role("button", name=name).first.click()
    alert = page.get_by_role("alert").filter(has_text=EN["data.no_download"])
    expect(alert.first).to_be_visible()
    expect(alert.first).to_contain_text("train-images-idx3-ubyte.gz")
    expect(page.get_by_role("button", name=name).first).to_be_visible()
    assert not [path for path in (home / "data").rglob("*") if path.parent.name == "mnist"]
    monkeypatch.setenv("DDPM_DATA_DIR", str(home / "data"))
    assert "mnist" not in own_datasets()
