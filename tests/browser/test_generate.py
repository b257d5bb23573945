"""The page Generate in a browser: play, pause, drag, the grid, and pictures sampled on request."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.browser import draws, sent_frames, wait_for_draws, wait_for_frame
from ui.i18n import strings

Open = Callable[[str], Page]
T_NOW = ".lab.player .now"


def button(key: str) -> str:
    return f".lab.player button[aria-label='{strings('en')[f'player.{key}']}']"


def test_it_plays_at_once_and_stops_where_it_is_told(page: Page, open_page: Open) -> None:
    open_page("/generate?lang=en")
    wait_for_draws(page, "player", 5)
    expect(page.get_by_text(strings("en")["generate.from_shipped"])).to_be_visible()
    page.locator(button("pause")).click()
    stopped = draws(page, "player")
    page.wait_for_timeout(400)
    assert draws(page, "player") == stopped
    page.locator(button("play")).click()
    wait_for_draws(page, "player", stopped + 2)


def test_dragging_draws_without_the_server_and_ends_in_the_url(page: Page, open_page: Open) -> None:
    sent = sent_frames(page)
    open_page("/generate?lang=en&t=1000")
    box = page.locator(".lab.player .track").bounding_box()
    assert box is not None
    y, before, quiet = box["y"] + box["height"] / 2, draws(page, "player"), len(sent)
    page.mouse.move(box["x"], y)
    page.mouse.down()
    for i in range(1, 21):
        page.mouse.move(box["x"] + box["width"] * i / 40, y)
        wait_for_frame(page)
    assert draws(page, "player") - before >= 20
    assert len(sent) == quiet
    page.mouse.up()
    page.wait_for_url("**t=500*")
    expect(page.locator(T_NOW)).to_have_text("t = 500")


def test_the_grid_is_dragged_both_ways(page: Page, open_page: Open) -> None:
    open_page("/generate?lang=en&view=epochs&t=1000")
    cells = page.locator(".lab.player .cells")
    box = cells.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.5, steps=8)
    page.mouse.up()
    page.wait_for_url(re.compile(r"epoch=5\b"))
    assert re.search(r"\bt=[45]\d\d\b", page.url)


def test_another_seed_is_sampled_here_and_can_be_cancelled(page: Page, open_page: Open) -> None:
    open_page("/generate?lang=en&t=0&sampler=ddim&steps=2&pictures=1&seed=5")
    expect(page.get_by_text(strings("en")["generate.from_here"])).to_be_visible(timeout=120_000)
    expect(page.locator(".lab.player .gallery canvas")).to_have_count(1)
    page.get_by_label(strings("en")["generate.steps"], exact=True).fill("1000")
    page.get_by_label(strings("en")["generate.steps"], exact=True).press("Enter")
    page.get_by_role("button", name=strings("en")["common.cancel"]).click()
    expect(page.get_by_text(strings("en")["common.cancelled"])).to_be_visible()
    expect(page.get_by_role("button", name=strings("en")["common.again"])).to_be_visible()
    expect(page.locator(".lab.player .gallery canvas")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_label(strings("en")["generate.steps"], exact=True).fill("2")
        page.get_by_label(strings("en")["generate.steps"], exact=True).press("Enter")
        page.get_by_role("button", name="PNG").click()
    assert download.value.suggested_filename == "ddpm-lab.png"
