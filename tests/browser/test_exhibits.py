"""The browser exhibits in Chromium, without a server: what JavaScript draws from a blob, and what it reports.

A blob is made by the Python function a page calls, and handed to the module as Streamlit would.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Route

from tests.support.browser import pixels, wait_for_frame
from tests.support.exhibits import add_noise_arguments, play_arguments, sent_by
from ui.components import MODULES, VERSION, script, style
from ui.components import player as player_module
from ui.components import scrubber as scrubber_module
from ui.components.player import player
from ui.components.scrubber import scrubber

ADDRESS = "http://exhibits.test/"
SCRUBBER_JS = script("scrubber/scrubber.js")
PLAYER_JS = script("player/player.js")
EMPTY = f"<style>{style('scrubber/scrubber.css', 'player/player.css')}</style><div id=host></div>"


@pytest.fixture(autouse=True)
def bare_page(page: Page) -> Iterator[None]:
    """A page with nothing but a place for the exhibit; no test leaves an error in the console."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route(f"{ADDRESS}**", answer)
    page.goto(ADDRESS)
    yield
    assert not errors


def answer(route: Route) -> None:
    """The server's part: the empty page, and the exhibits' modules."""
    name = route.request.url.removeprefix(f"{ADDRESS}exhibits/{VERSION}/")
    if name in MODULES:
        route.fulfill(body=MODULES[name], content_type="text/javascript; charset=utf-8")
    else:
        route.fulfill(body=EMPTY, content_type="text/html; charset=utf-8")


def show(page: Page, source: str, blob: bytes) -> None:
    """Mount an exhibit, or give a mounted one new data, as Streamlit does."""
    page.evaluate(
        """async ([source, text]) => {
          window.sent ??= [];
          window.module ??= await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
          window.unmount = await window.module.default({
            data: Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), key: "k", name: "n",
            parentElement: document.getElementById("host"),
            setStateValue: (name, value) => window.sent.push([name, value]),
          });
        }""",
        [source, base64.b64encode(blob).decode()],
    )


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("view", ["xt", "denoised_scale"])
def test_every_pixel_is_a_x0_plus_b_eps(page: Page, monkeypatch: pytest.MonkeyPatch, channels: int, view: Any) -> None:
    given = add_noise_arguments(channels=channels)
    for t in (0, 1, 430, 1000):
        blob, _ = sent_by(monkeypatch, scrubber_module, scrubber, **given, t=t, view=view, key=f"at {t}")
        show(page, SCRUBBER_JS, blob)
        x0, eps, table = given["x0"] / 127.5 - 1, given["eps"], given["tables"]
        a, b = table["sqrt_alphas_cumprod"][t], table["sqrt_one_minus_alphas_cumprod"][t]
        if view == "denoised_scale":
            a, b = 1.0, 2 * table["sigma"][t]
        expected = np.clip((a * x0 + b * eps + 1) * 127.5, 0, 255)
        shown = pixels(page.locator(".of-result canvas"))
        assert np.abs(shown - expected).max() <= 0.51  # rounding, and float32 tables
        page.evaluate("unmount()")
        assert page.evaluate("document.getElementById('host').childElementCount") == 0


def test_numbers_on_screen_are_the_core_s(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    given = add_noise_arguments("linear")
    blob, _ = sent_by(monkeypatch, scrubber_module, scrubber, **given, t=259)
    show(page, SCRUBBER_JS, blob)
    assert page.locator("dd").all_inner_texts() == ["259 / 1000", "0.500", "0.500", "1.00"]
    page.locator("input[type=range]").first.press("Home")
    wait_for_frame(page)
    assert page.locator("dd").all_inner_texts() == ["0 / 1000", "1.00", "0", "∞"]


def test_dragging_draws_every_step_and_reports_once(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    blob, _ = sent_by(monkeypatch, scrubber_module, scrubber, **add_noise_arguments(), t=430)
    show(page, SCRUBBER_JS, blob)
    box = page.locator(".track").first.bounding_box()
    draws = int(page.locator(".scrubber").get_attribute("data-draws"))
    page.mouse.move(box["x"] + 1, box["y"] + 3)
    page.mouse.down()
    wait_for_frame(page)  # else the press and the first move share a picture
    for i in range(1, 21):
        page.mouse.move(box["x"] + box["width"] * i / 20, box["y"] + 3)
        wait_for_frame(page)
    assert int(page.locator(".scrubber").get_attribute("data-draws")) - draws == 21
    assert page.evaluate("sent") == []
    page.mouse.up()
    assert page.evaluate("sent") == [["position", {"t": 1000, "view": "xt", "seq": 1}]]
    assert page.evaluate("ddpmLabTimings.filter((one) => one.exhibit === 'scrubber').length") == 21


@pytest.mark.parametrize(
    ("key", "t"),
    [("ArrowRight", 431), ("Shift+ArrowLeft", 420), ("PageUp", 530), ("PageDown", 330), ("Home", 0), ("End", 1000)],
)
def test_keys_step_and_report_when_they_rest(page: Page, monkeypatch: pytest.MonkeyPatch, key: str, t: int) -> None:
    blob, _ = sent_by(monkeypatch, scrubber_module, scrubber, **add_noise_arguments(), t=430)
    show(page, SCRUBBER_JS, blob)
    page.locator("input[type=range]").first.press(key)
    assert page.evaluate("sent") == []
    page.wait_for_function("sent.length")
    assert page.evaluate("sent") == [["position", {"t": t, "view": "xt", "seq": 1}]]


def test_a_key_on_sigma_always_reaches_another_t(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    blob, _ = sent_by(monkeypatch, scrubber_module, scrubber, **add_noise_arguments(num_timesteps=7), t=0)
    show(page, SCRUBBER_JS, blob)
    seen = []
    for _ in range(7):
        page.locator("input[type=range]").nth(1).press("ArrowRight")
        wait_for_frame(page)
        seen.append(int(page.locator("input[type=range]").first.input_value()))
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_new_data_and_a_remount_keep_the_learner_s_place(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    blob, _ = sent_by(monkeypatch, scrubber_module, scrubber, **add_noise_arguments(), t=430)
    other, _ = sent_by(monkeypatch, scrubber_module, scrubber, **add_noise_arguments("linear"), t=430)
    short, _ = sent_by(monkeypatch, scrubber_module, scrubber, **add_noise_arguments(num_timesteps=50), t=430)
    slider = page.locator("input[type=range]").first
    show(page, SCRUBBER_JS, blob)
    slider.press("PageUp")
    show(page, SCRUBBER_JS, blob)
    wait_for_frame(page)
    assert slider.input_value() == "530"
    show(page, SCRUBBER_JS, other)
    assert slider.input_value() == "530"
    assert page.locator(".scrubber").count() == 1
    page.evaluate("unmount()")
    show(page, SCRUBBER_JS, other)
    assert slider.input_value() == "530"
    show(page, SCRUBBER_JS, short)
    assert slider.input_value() == "50"


def test_a_late_cleanup_leaves_the_exhibit_alone(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit may run the cleanup of an outdated call after the next call has begun."""
    blob, _ = sent_by(monkeypatch, scrubber_module, scrubber, **add_noise_arguments(), t=430)
    show(page, SCRUBBER_JS, blob)
    page.evaluate("window.late = unmount")
    show(page, SCRUBBER_JS, blob)
    page.evaluate("late()")
    assert page.locator(".scrubber").count() == 1


def test_the_player_shows_the_very_bytes_it_was_sent(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    given = play_arguments(kind="x0_hat", t=400, epoch=5, picture=2)
    blob, _ = sent_by(monkeypatch, player_module, player, **given)
    show(page, PLAYER_JS, blob)
    expected = given["frames"]["x0_hat"][1, 3, 2]
    np.testing.assert_array_equal(pixels(page.locator(".right figure canvas").first), expected)
    page.keyboard.press("Tab")
    page.locator("input[type=range]").press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("1")
    wait_for_frame(page)
    np.testing.assert_array_equal(pixels(page.locator(".right figure canvas").first), given["frames"]["xt"][2, 4, 2])
    page.wait_for_function("sent.length")
    assert page.evaluate("sent") == [["position", {"epoch": 32, "t": 200, "kind": "xt", "picture": 2, "seq": 1}]]


def test_playing_reports_only_when_it_ends(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    blob, _ = sent_by(monkeypatch, player_module, player, **play_arguments("pictures", t=1000))
    show(page, PLAYER_JS, blob)
    page.locator("input[type=range]").focus()
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('input[type=range]').value > 2")
    assert page.evaluate("sent") == []
    page.wait_for_function("sent.length")
    assert page.evaluate("sent")[0][1]["t"] == 0


def test_the_shop_window_plays_by_itself_unless_motion_is_unwelcome(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob, _ = sent_by(monkeypatch, player_module, player, **play_arguments("hero"))
    page.emulate_media(reduced_motion="reduce")
    show(page, PLAYER_JS, blob)
    assert page.locator(".play").get_attribute("aria-label") == "<b>play</b> {t}"
    page.evaluate("unmount()")
    page.emulate_media(reduced_motion="no-preference")
    show(page, PLAYER_JS, blob)
    assert page.locator(".play").get_attribute("aria-label") == "<b>pause</b> {t}"


def test_words_from_python_stay_words(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, call, source, given in [
        (scrubber_module, scrubber, SCRUBBER_JS, {**add_noise_arguments(), "t": 1}),
        (player_module, player, PLAYER_JS, play_arguments("pictures")),
    ]:
        page.set_content(EMPTY)
        page.evaluate("delete window.module")
        blob, _ = sent_by(monkeypatch, module, call, **given)
        show(page, source, blob)
        assert page.locator(".lab dt b, .lab figcaption b, .lab img").count() == 0
