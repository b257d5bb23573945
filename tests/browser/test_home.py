"""The home page in a browser: something is alive before anyone has pressed anything."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from tests.support.browser import wait_for_draws


def test_sprites_come_out_of_noise_with_no_button_pressed(page: Page, server: str) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    began = time.perf_counter()
    page.goto(f"{server}/?lang=en")
    wait_for_draws(page, "player", 3)
    print(f"\nhome: sprites are moving after {time.perf_counter() - began:.2f} s")
    wait_for_draws(page, "player", 10)
    expect(page.locator(".lab.player")).to_have_attribute("data-mode", "hero")
    expect(page.get_by_role("main").get_by_role("link")).to_have_count(3)
    assert not errors


def test_a_card_leads_on_and_keeps_the_language(page: Page, server: str) -> None:
    page.goto(f"{server}/?lang=zh")
    page.get_by_role("link", name="去加噪").click()
    expect(page.locator(".lab.scrubber")).to_be_visible()
    assert "/add_noise" in page.url
    assert "lang=zh" in page.url
    expect(page.get_by_role("heading", level=1)).to_have_text("t 对一张图片做了什么？")
