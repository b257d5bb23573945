"""The pixel editor in a browser: drawn on by mouse and by keys, taken back, kept, noised, denoised, saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import pixels, sent_frames, serving, wait_for_frame, wait_ready
from tests.support.pages import en
from ui.components.editor import PALETTES

Open = Callable[[str], Page]
PATIENCE = 60_000
"""Milliseconds for what the server must load first; other work may keep the machine busy."""
PAPER = ".lab.editor .surface-2d"
WHITE, INK, RED = ([*bytes.fromhex(PALETTES[3][name])] for name in ("white", "ink", "red"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app whose datasets are its own."""
    home = tmp_path_factory.mktemp("editor")
    with serving(home, DDPM_DATA_DIR=str(home / "data")) as address:
        yield address


def drawn(page: Page) -> np.ndarray:
    """What is on the paper, once all that has happened is on the screen."""
    wait_for_frame(page)
    return pixels(page.locator(f"{PAPER} canvas"))


def line(page: Page, *points: tuple[int, int], release: bool = True) -> None:
    """A stroke of the mouse over the middles of these pixels, (column, row)."""
    box = page.locator(f"{PAPER} canvas").bounding_box()
    assert box is not None
    for k, (column, row) in enumerate(points):
        page.mouse.move(box["x"] + (column + 0.5) * box["width"] / 16, box["y"] + (row + 0.5) * box["height"] / 16)
        if k == 0:
            page.mouse.down()
    if release:
        page.mouse.up()


def are(picture: np.ndarray, colour: list[int]) -> set[tuple[int, int]]:
    """Where a picture has this colour, (column, row)."""
    return {(int(x), int(y)) for y, x in zip(*np.where((picture == colour).all(axis=-1)), strict=True)}


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def open_paper(open_page: Open) -> Page:
    """The editor on Add noise."""
    page = open_page("/add_noise?lang=en&dataset=drawing")
    page.get_by_role("button", name=en("drawing.start")).click()
    expect(page.locator(PAPER)).to_be_visible(timeout=PATIENCE)
    return wait_ready(page)


def test_a_stroke_has_no_gaps_asks_nothing_on_its_way_and_is_noised_when_done(page: Page, open_page: Open) -> None:
    sent = sent_frames(page)
    open_paper(open_page)
    page.wait_for_timeout(500)
    quiet = len(sent)
    line(page, (2, 3), (7, 3), (12, 3), release=False)
    row = {(x, 3) for x in range(2, 13)}
    assert are(drawn(page), INK) == row
    assert len(sent) == quiet
    page.mouse.up()
    page.get_by_role("radio", name=f"{en('editor.colour_red')} (3)").check(force=True)
    line(page, (5, 5), (5, 9), (9, 9), (9, 5), (5, 5))
    assert len(sent) > quiet
    page.get_by_role("radio", name=en("editor.tool_fill")).check(force=True)
    line(page, (7, 7))
    assert are(drawn(page), RED) == {(x, y) for x in range(5, 10) for y in range(5, 10)}
    page.wait_for_timeout(500)
    page.get_by_role("button", name=en("drawing.done")).click()
    expect(page.locator(PAPER)).to_have_count(0, timeout=PATIENCE)
    wait_ready(page)
    x0 = pixels(page.locator(".lab.scrubber .of-x0 canvas"))
    assert are(x0, INK) == row
    assert len(are(x0, RED)) == 25


def test_keys_draw_mirror_and_take_back_and_the_drawing_follows_to_other_pages(open_page: Open) -> None:
    page = open_paper(open_page)
    page.locator(PAPER).focus()
    press(page, *["ArrowUp"] * 8, *["ArrowLeft"] * 8, "3", " ")
    assert are(drawn(page), RED) == {(0, 0)}
    press(page, "m", "ArrowDown")
    page.keyboard.down(" ")
    press(page, "ArrowRight", "ArrowRight")
    page.keyboard.up(" ")
    stroke = {(0, 0), *((x, 1) for x in (0, 1, 2, 13, 14, 15))}
    assert are(drawn(page), RED) == stroke
    press(page, "Control+z")
    assert are(drawn(page), RED) == {(0, 0)}
    press(page, "Control+y")
    assert are(drawn(page), RED) == stroke
    press(page, "e", " ")
    assert are(drawn(page), RED) == stroke - {(2, 1), (13, 1)}
    press(page, "Control+z", "Control+z", "Control+z")
    assert are(drawn(page), WHITE) == {(x, y) for x in range(16) for y in range(16)}
    expect(page.get_by_role("status")).to_have_text("column 3, row 2: red")
    page.get_by_role("button", name=en("editor.redo")).click()
    page.get_by_role("button", name=en("editor.move_left"), exact=True).click()
    assert are(drawn(page), RED) == {(15, 0)}
    page.wait_for_timeout(500)  # keys are reported once they rest
    page.keyboard.press("Escape")
    wait_ready(page)
    expect(page.locator(PAPER)).to_have_count(0, timeout=PATIENCE)
    page.get_by_role("link", name=en("nav.data")).first.click()
    page.wait_for_url("**/data*")
    wait_ready(page)
    page.get_by_role("radio", name=en("data.way_draw")).click()
    expect(page.locator(PAPER)).to_be_visible(timeout=PATIENCE)
    assert are(drawn(page), RED) == {(15, 0)}


def test_a_drawing_is_denoised_from_where_the_noise_was_put_to(page: Page, open_page: Open) -> None:
    open_page("/generate?lang=en&start=drawing&t_start=100&steps=2&pictures=1&label=sword&t=1000")
    expect(page.get_by_text(en("generate.no_drawing"))).to_be_visible()
    # Without a drawing it starts from noise; that walk has a t = 1000, and the next one begins as near to it as it can.
    expect(page.locator(".lab.player .now")).to_have_text("t = 1000", timeout=2 * PATIENCE)
    page.get_by_role("button", name=en("drawing.start")).click()
    expect(page.locator(PAPER)).to_be_visible(timeout=PATIENCE)
    wait_ready(page)
    line(page, (2, 13), (13, 2))
    page.wait_for_timeout(300)
    page.get_by_role("button", name=en("drawing.done")).click()
    expect(page.get_by_text("noised to t = 100")).to_be_visible(timeout=2 * PATIENCE)
    picture = page.locator(".lab.player .gallery canvas")
    expect(picture).to_have_count(1)
    start = pixels(picture).astype(int)
    stroke = [(x, 15 - x) for x in range(2, 14)]
    dark = np.mean([start[y, x] for x, y in stroke])
    assert dark + 100 < np.mean(start), "the drawing is seen through little noise"
    expect(page.locator(".lab.player .now")).to_have_text("t = 100")


def test_a_drawing_is_saved_into_a_dataset_that_grows(page: Page, open_page: Open) -> None:
    open_page("/data?lang=en&add=draw")
    page.locator(PAPER).scroll_into_view_if_needed()
    add = page.get_by_role("button", name=en("drawing.add"))
    expect(add).to_be_disabled()
    line(page, (3, 3), (3, 12))
    expect(add).to_be_enabled()
    box = page.get_by_role("combobox", name=en("drawing.class"), exact=True).last
    box.click()
    box.fill("stick")
    box.press("Enter")
    wait_ready(page)
    add.click()
    expect(page.get_by_text("1 so far")).to_be_visible(timeout=PATIENCE)
    expect(add).to_be_disabled()
    line(page, (3, 12), (9, 12))
    add.click()
    expect(page.get_by_text("2 so far")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("stick 2")).to_be_visible()
    page.get_by_role("button", name=en("drawing.take_back")).click()
    expect(page.get_by_text("1 so far")).to_be_visible(timeout=PATIENCE)
    line(page, (9, 9))
    add.click()
    expect(page.get_by_text("2 so far")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name=en("drawing.train")).click()
    page.wait_for_url("**dataset=my-sprites*")
    wait_ready(page)
    expect(page.get_by_role("combobox", name=en("train.dataset"))).to_have_value("my-sprites")
