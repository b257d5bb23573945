"""The frame in a browser: cold deep links, the language switch, Back, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import serving
from ui.i18n import strings
from ui.nav import PAGES

Open = Callable[[str], Page]


def nav_links(page: Page) -> list[str]:
    return page.get_by_test_id("stSidebarNavLink").locator("p").all_inner_texts()


@pytest.mark.parametrize("name", [entry.name for entry in PAGES if entry.name != "home"])
def test_a_cold_deep_link_opens_inside_the_frame(open_page: Open, name: str) -> None:
    page = open_page(f"/{name}?lang=zh")
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(len(PAGES))
    assert nav_links(page) == [strings("zh")[f"nav.{entry.name}"] for entry in PAGES]
    assert page.get_by_test_id("stSidebarNavLink").and_(page.locator("[aria-current=page]")).count() == 1
    assert f"/{name}?" in page.url
    assert "lang=zh" in page.url


def test_an_app_that_lies_below_another_address_finds_its_exhibits_and_downloads(page: Page, tmp_path: Path) -> None:
    with serving(tmp_path, base_path="/lab") as address:
        page.goto(f"{address}/generate?lang=en")
        expect(page.locator(".lab.player")).to_be_visible(timeout=30_000)
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Add noise").click()
        expect(page.locator(".lab.scrubber")).to_be_visible()
        assert page.request.head(f"{address}/export/sprites.zip").headers["content-type"] == "application/zip"


def test_the_language_switch_moves_the_page_and_the_address(open_page: Open) -> None:
    page = open_page("/add_noise?t=700")
    page.get_by_role("radio", name="中文").click()
    expect(page.get_by_test_id("stSidebarNavLink").first).to_contain_text("首页")
    assert "lang=zh" in page.url
    assert "t=700" in page.url
    page.get_by_role("radio", name="EN").click()
    expect(page.get_by_test_id("stSidebarNavLink").first).to_contain_text("Home")
    assert "lang=en" in page.url


def test_the_language_stays_across_pages_and_back(open_page: Open) -> None:
    page = open_page("/add_noise?lang=zh")
    page.get_by_test_id("stSidebarNavLink").nth(3).click()
    page.wait_for_url("**/train?lang=zh*")
    page.go_back()
    page.wait_for_url("**/add_noise?lang=zh*")
    expect(page.get_by_test_id("stSidebarNavLink").first).to_contain_text("首页")


def test_a_chinese_browser_is_greeted_in_chinese(server: str, browser) -> None:  # type: ignore[no-untyped-def]
    page = browser.new_context(locale="zh-CN").new_page()
    page.goto(server)
    expect(page.get_by_test_id("stSidebarNavLink").first).to_contain_text("首页")
    page.context.close()


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(253, 252, 248)"), ("dark", "rgb(23, 22, 28)")])
def test_the_theme_follows_the_system(server: str, browser, scheme: str, ground: str) -> None:  # type: ignore[no-untyped-def]
    page = browser.new_context(color_scheme=scheme).new_page()
    page.goto(server)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground)
    page.context.close()
