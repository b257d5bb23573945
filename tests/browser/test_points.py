"""Points in a browser: the scatter exhibit plays, is dragged and steered by keys; the cloud on Add noise fades."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from jobs.store.store import Store
from tests.support.browser import draws
from tests.support.points import adopted, train_points
from ui.i18n import strings

Open = Callable[[str], Page]
EN = strings("en")
COLOURED = """(canvas, box) => {
  const { width, height } = canvas;
  const [x, y, w, h] = [box[0] * width, box[1] * height, box[2] * width, box[3] * height].map(Math.round);
  const pixels = canvas.getContext("2d").getImageData(x, y, w, h).data;
  let count = 0;
  for (let i = 3; i < pixels.length; i += 4) count += pixels[i] > 200;
  return count;
}"""
"""Opaque pixels, those of points, within a box given in shares of the canvas."""


@pytest.fixture(scope="module")
def run_id(server: str, server_runs_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    run = adopted(server_runs_dir, train_points(tmp_path_factory.mktemp("points") / "run"))
    yield run
    Store(server_runs_dir).delete(run)


def drawn(page: Page, canvas: str, box: list[float]) -> int:
    return int(page.locator(canvas).first.evaluate(COLOURED, box))


def test_points_play_are_dragged_and_steered_by_keys(page: Page, open_page: Open, run_id: str) -> None:
    open_page(f"/generate?lang=en&run={run_id}&steps=8&pictures=100")
    expect(page.locator(".lab.scatter .cloud canvas")).to_have_count(1, timeout=120_000)
    expect(page.locator(".lab.scatter .now")).to_have_text("t = 0", timeout=20_000)  # it has played to its end
    assert draws(page, "scatter") >= 8
    spread = drawn(page, ".lab.scatter canvas", [0, 0, 1, 0.2])

    page.locator(".lab.scatter .time input").focus()
    page.keyboard.press("Home")
    expect(page.locator(".lab.scatter .now")).to_have_text("t = 1000")
    page.wait_for_url("**t=1000*")
    assert drawn(page, ".lab.scatter canvas", [0, 0, 1, 0.2]) > spread, "noise reaches further than points"
    page.keyboard.press("2")
    page.wait_for_url("**kind=x0_hat*")
    assert drawn(page, ".lab.scatter canvas", [0, 0, 1, 0.15]) == 0, "guesses lie within [-1, 1]"
    page.keyboard.press("1")

    box = page.locator(".lab.scatter .track").bounding_box()
    assert box is not None
    page.mouse.move(box["x"], box["y"] + 3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 3, steps=6)
    page.mouse.up()
    page.wait_for_url("**t=500*")
    page.get_by_label(EN["scatter.paths"].format(num=100)).check()
    page.wait_for_url("**paths=on*")
    name = EN["scatter.alt"].format(num=100, t=500, epoch=3, kind=EN["scatter.kind_xt"])
    expect(page.get_by_role("img", name=name)).to_be_visible()


def test_every_epoch_has_its_cloud_and_nothing_moves_for_those_who_ask(
    page: Page, open_page: Open, run_id: str
) -> None:
    page.emulate_media(reduced_motion="reduce", color_scheme="dark")
    open_page(f"/generate?lang=zh&run={run_id}&steps=8&pictures=100&view=epochs")
    expect(page.locator(".lab.scatter .cloud canvas")).to_have_count(3, timeout=120_000)
    expect(page.locator(".lab.scatter .cloud figcaption").first).to_have_text(
        strings("zh")["scatter.epoch"].format(epoch=0)
    )
    before = draws(page, "scatter")
    page.wait_for_timeout(500)
    assert draws(page, "scatter") == before
    page.locator(f".lab.scatter button[aria-label='{strings('zh')['scatter.play']}']").click()
    expect(page.locator(".lab.scatter")).not_to_have_attribute("data-draws", str(before))


def test_a_cloud_fades_into_noise_and_gives_way_to_a_picture(page: Page, open_page: Open) -> None:
    open_page("/add_noise?lang=en&dataset=points&shape=moons&t=0")
    clouds = page.locator(".lab.scrubber .cloud canvas")
    expect(clouds).to_have_count(3)
    corner = [0, 0, 1, 0.2]
    assert drawn(page, ".lab.scrubber .of-result canvas", corner) == 0
    page.locator(".lab.scrubber .axis input").first.focus()
    page.keyboard.press("End")
    page.wait_for_url("**t=1000*")
    assert drawn(page, ".lab.scrubber .of-result canvas", corner) > 100
    expect(page.locator(".lab.scrubber figcaption").first).to_contain_text(EN["scrubber_points.x0"])
    open_page("/add_noise?lang=en&t=100")
    expect(page.locator(".lab.scrubber .cloud")).to_have_count(0)
    expect(page.locator(".lab.scrubber .picture canvas")).to_have_count(3)
