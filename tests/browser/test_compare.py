"""The page Compare runs in a browser: two runs side by side, followed live; a run taken away and brought back."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ddpm_core.training.trainer import train
from jobs.store.store import Store
from tests.support.browser import serving, wait_ready
from tests.support.runs import TINY

SECONDS = 60_000
LONG = replace(TINY, num_epochs=400, keep_epochs=(0, 1, 400))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runs folder with two small runs that differ in what they predict."""
    root = tmp_path_factory.mktemp("compare") / "runs"
    store = Store(root)
    for name, config in {"small-v": TINY, "small-eps": replace(TINY, prediction_type="eps")}.items():
        for _ in train(config, root / name):
            pass
        store.adopt(root / name, name)
    return root


@pytest.fixture(scope="module")
def address(runs: Path) -> Iterator[str]:
    with serving(runs.parent, DDPM_NICE="0") as address:
        yield address


@pytest.fixture
def compare(page: Page, address: str) -> Callable[[str], Page]:
    """compare("a,b") is the page with these runs, ready."""

    def open_(chosen: str, lang: str = "en") -> Page:
        page.goto(f"{address}/compare?runs={chosen}&lang={lang}")
        return wait_ready(page)

    return open_


def test_two_runs_side_by_side(compare: Callable[..., Page]) -> None:
    page = compare("small-v,small-eps")
    table = page.locator(".compare table")
    expect(table.get_by_role("columnheader")).to_have_count(2)
    expect(table.get_by_role("row", name="Predicts")).to_contain_text("the noise ε")
    expect(page.locator(".compare.film img")).to_have_count(2, timeout=SECONDS)
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible(timeout=SECONDS)
    expect(page.get_by_text("Do not compare these curves by height")).to_be_visible()
    page.get_by_text("All settings").first.click()
    expect(table.get_by_role("row", name="Learning rate", exact=False).first).to_be_visible()
    page.wait_for_function("location.search.includes('knobs=true')")
    sizes = [box["width"] for box in (img.bounding_box() for img in page.locator(".compare.film img").all()) if box]
    assert len(set(sizes)) == 1, "pictures of one noise stand under each other"


def test_another_seed_is_sampled_for_all(compare: Callable[..., Page]) -> None:
    page = compare("small-v,small-eps")
    images = page.locator(".compare.film img")
    expect(images).to_have_count(2, timeout=SECONDS)
    before = images.first.get_attribute("src")
    seed = page.get_by_label("Seed", exact=True)
    seed.fill("5")
    seed.press("Enter")
    page.wait_for_function(
        "before => { const all = [...document.querySelectorAll('.compare.film img')];"
        " return all.length === 2 && all.every(img => img.src !== before); }",
        arg=before, timeout=2 * SECONDS,
    )  # fmt: skip
    assert "seed=5" in page.url


def test_a_run_is_followed_while_it_trains(compare: Callable[..., Page], runs: Path) -> None:
    store = Store(runs)
    run_id = store.enqueue(LONG, "live")
    page = compare(f"{run_id},small-v")
    bar = page.get_by_role("progressbar", name="A · live")
    expect(bar).to_be_visible(timeout=SECONDS)
    page.wait_for_function(
        "Number(document.querySelector('.compare [role=progressbar]').ariaValueNow) >= 1", timeout=2 * SECONDS
    )
    store.request_stop(run_id)
    expect(page.locator(".compare table")).to_contain_text("stopped", timeout=SECONDS)
    expect(bar).to_have_count(0)
    expect(page.locator(".compare.film img")).to_have_count(2, timeout=SECONDS)


def test_a_run_goes_out_and_comes_back(compare: Callable[..., Page], runs: Path, tmp_path: Path) -> None:
    page = compare("small-v,small-eps")
    page.get_by_test_id("stPopoverButton").first.click()
    with page.expect_download(timeout=SECONDS) as download:
        page.get_by_role("link", name="Run (zip)").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "small-v.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert "small-v/config.json" in archive.namelist()
    page.keyboard.press("Escape")

    upload = page.get_by_test_id("stFileUploaderDropzoneInput")
    upload.set_input_files(path)
    expect(page.get_by_text("is here already")).to_be_visible(timeout=SECONDS)

    Store(runs).delete("small-v")
    compare("small-eps")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(path)
    page.wait_for_function("location.search.includes('import-')", timeout=SECONDS)
    expect(page.locator(".compare thead", has_text="small-v")).to_be_visible(timeout=SECONDS)
    expect(page.locator(".compare.film img")).to_have_count(2, timeout=SECONDS)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_broken_zip_is_refused(compare: Callable[..., Page], runs: Path, tmp_path: Path, lang: str) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("run/config.json", "{}")
        archive.writestr("run/../../evil.py", "print('hello')")
    before = sorted(path.name for path in runs.iterdir())
    page = compare("small-eps", lang)
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(broken)
    refusal = {"en": "This zip is not taken in", "zh": "这个压缩包没有导入"}[lang]
    expect(page.get_by_text(refusal)).to_be_visible(timeout=SECONDS)
    expect(page.get_by_text("evil.py")).to_be_visible()
    assert sorted(path.name for path in runs.iterdir()) == before
