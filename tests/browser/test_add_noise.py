"""The page Add noise in a browser: the drag that never asks the server, links that restore it, uploads."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from ddpm_core.config import ScheduleConfig
from ddpm_core.schedule import NoiseSchedule
from tests.support.browser import draws, pixels, sent_frames, wait_for_frame
from ui.i18n import strings

Open = Callable[[str], Page]
MOVES = 40


def drag(page: Page, track: str, moves: int) -> None:
    """Press the slider's left end and move right, one drawn frame at a time; the button stays down."""
    box = page.locator(track).first.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"], y)
    page.mouse.down()
    wait_for_frame(page)  # else the press and the first move share a picture
    for i in range(1, moves + 1):
        page.mouse.move(box["x"] + box["width"] * i / (moves + 1), y)
        wait_for_frame(page)


def test_forty_moves_are_forty_pictures_and_no_message(page: Page, open_page: Open) -> None:
    sent = sent_frames(page)
    open_page("/add_noise?lang=en")
    expect(page.locator(".lab.scrubber canvas")).to_have_count(3)
    page.wait_for_timeout(500)
    page.evaluate("window.ddpmLabTimings.length = 0")
    before, quiet = draws(page, "scrubber"), len(sent)
    drag(page, ".lab.scrubber .track", MOVES)
    assert draws(page, "scrubber") - before == MOVES + 1  # and one for the press
    assert len(sent) == quiet
    timings = sorted(page.evaluate("window.ddpmLabTimings.map((one) => one.ms)"))
    print(f"\nscrub: event to pixels median {timings[MOVES // 2]:.1f} ms, p95 {timings[int(0.95 * MOVES)]:.1f} ms")
    page.mouse.up()
    page.wait_for_url("**t=976*")
    assert len(sent) > quiet


def test_a_link_restores_t_schedule_and_language(page: Page, open_page: Open) -> None:
    schedule = NoiseSchedule(ScheduleConfig("linear", 500))
    open_page("/add_noise?lang=zh&schedule=linear&T=500&t=184&view=denoised_scale&label=sword")
    expect(page.get_by_role("heading", level=1)).to_have_text("t 对一张图片做了什么？")
    expect(page.locator("dd").first).to_have_text("184 / 500")
    expect(page.locator("dd").nth(2)).to_have_text(f"{schedule.sigma[184]:.3f}")
    expect(page.get_by_role("combobox", name=strings("zh")["add_noise.schedule"])).to_have_value(
        strings("zh")["add_noise.schedule_linear"]
    )
    page.locator("input[type=range]").first.press("ArrowRight")
    page.wait_for_url("**t=185*")
    page.reload()
    expect(page.locator("dd").first).to_have_text("185 / 500")
    expect(page.get_by_role("heading", level=1)).to_have_text("t 对一张图片做了什么？")


def test_an_upload_is_shown_and_what_is_no_picture_changes_nothing(page: Page, open_page: Open) -> None:
    open_page("/add_noise?lang=en&dataset=upload&t=0")
    file = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 30, 90)).save(file, format="PNG")
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "mine.png", "mimeType": "image/png", "buffer": file.getvalue()})
    x0 = ".of-x0 canvas"
    expect(page.locator(x0)).to_have_attribute("width", "64")
    assert np.abs(pixels(page.locator(x0)) - (200, 30, 90)).max() <= 1
    chooser.set_input_files({"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture at all"})
    expect(page.get_by_text(strings("en")["add_noise.bad_upload"])).to_be_visible()
    assert np.abs(pixels(page.locator(x0)) - (200, 30, 90)).max() <= 1
    expect(page.locator("dd").first).to_have_text("0 / 1000")
