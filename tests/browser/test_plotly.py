"""Explored figures in a browser: Plotly's part is fetched when a figure is opened, and by no page before."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import wait_ready
from ui.i18n import strings

Open = Callable[[str], Page]
SECONDS = 60_000
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)


@pytest.fixture
def fetched(page: Page) -> list[str]:
    """What the page has fetched of Plotly."""
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url) if "plotly" in request.url.lower() else None)
    return urls


def fold(page: Page, key: str, lang: str = "en") -> Locator:
    return page.locator("summary", has_text=strings(lang)[key])


def figure(page: Page) -> Locator:
    return page.get_by_test_id("stPlotlyChart")


@pytest.mark.parametrize("path", ["/", "/data", "/train", "/add_noise", "/generate", "/generate?run=points"])
def test_a_page_without_an_open_figure_does_not_fetch_plotly(open_page: Open, fetched: list[str], path: str) -> None:
    page = open_page(path)
    page.mouse.wheel(0, 20_000)
    page.wait_for_load_state("networkidle")
    assert figure(page).count() == 0
    assert not fetched


def test_schedules_open_once_asked_for_and_stand_in_the_address(open_page: Open, fetched: list[str]) -> None:
    page = open_page("/add_noise?lang=en&T=500&t=100")
    fold(page, "add_noise.schedules").click()
    told = strings("en")["add_noise.schedules_alt"]
    expect(page.get_by_role("figure", name=told.format(T=500, t=100))).to_be_visible(timeout=SECONDS)
    expect(figure(page).locator(".cartesianlayer path.js-line")).to_have_count(15, timeout=SECONDS)
    assert len(fetched) == 1
    page.wait_for_url("**schedules=true*")

    page.locator(".lab.scrubber input[type=range]").first.press("ArrowRight")
    expect(page.get_by_role("figure", name=told.format(T=500, t=101))).to_be_visible(timeout=SECONDS)
    page.reload()
    expect(figure(page)).to_be_visible(timeout=SECONDS)
    page.get_by_role("radio", name="中文").click()
    told = strings("zh")["add_noise.schedules_alt"]
    expect(page.get_by_role("figure", name=told.format(T=500, t=101))).to_be_visible(timeout=SECONDS)

    fold(page, "add_noise.schedules", "zh").click()
    expect(figure(page)).to_have_count(0)
    page.wait_for_url(re.compile(r"^(?!.*schedules)"))


def test_hovering_tells_every_schedule_at_that_t(open_page: Open) -> None:
    page = open_page("/add_noise?lang=en&schedules=true&T=50")
    plot = figure(page).locator(".nsewdrag").first
    expect(plot).to_be_visible(timeout=SECONDS)
    plot.scroll_into_view_if_needed()
    plot.hover()
    said = figure(page).locator(".hoverlayer")
    expect(said).to_contain_text("t = 25")
    expect(said).to_contain_text(strings("en")["add_noise.schedule_sigmoid"])


def test_paths_of_points_open_once_asked_for(open_page: Open, fetched: list[str]) -> None:
    page = open_page("/generate?lang=en&run=points&epoch=1&steps=8&pictures=100")
    expect(page.locator(".lab.scatter .cloud canvas")).to_have_count(1, timeout=2 * SECONDS)
    assert not fetched
    fold(page, "generate.space").click()
    about = {"num": 60, "T": 1000, "epoch": 1}
    name = strings("en")["generate.space_alt"].format(**about)
    expect(page.get_by_role("figure", name=name)).to_be_visible(timeout=SECONDS)
    expect(figure(page).locator(".legend")).to_contain_text(strings("en")["classes.north_west"], timeout=SECONDS)
    page.wait_for_url("**space=true*")


def test_a_finger_on_the_figure_scrolls_the_page(browser: Browser, server: str) -> None:
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, user_agent=PHONE
    )
    page = phone.new_page()
    page.goto(f"{server}/add_noise?lang=en&schedules=true")
    wait_ready(page)
    plot = figure(page).locator(".nsewdrag").nth(1)
    expect(plot).to_be_visible(timeout=SECONDS)
    plot.evaluate("node => node.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(500)
    box = plot.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = phone.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        where = {"x": x, "y": y - 20 * step}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [where]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(500)
    moved = plot.bounding_box()
    assert moved is not None
    assert moved["y"] < box["y"] - 50
    phone.close()
