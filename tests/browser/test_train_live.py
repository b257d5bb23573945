"""The charts of a run that streams: a zoom stays, nothing is put in anew, the address brings the chart back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from jobs.store.store import Store
from tests.support.browser import Server, wait_for_another_loss, wait_ready, wait_until_running

QUERY = "lang=en&epochs=1000&batch=16&pictures=160&channels=8"
TICKS = """chart => [...chart.querySelectorAll('.role-axis-label text')]
    .filter(text => text.textContent && getComputedStyle(text).opacity !== '0').map(text => text.textContent).sort()"""


@pytest.fixture
def page(page: Page) -> Page:
    """A page with patience: a machine that trains on all cores may draw slowly."""
    page.set_default_timeout(90_000)
    return page


@pytest.fixture(autouse=True)
def in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind whatever else this machine does, a worker may not come to its first step for minutes."""
    monkeypatch.setenv("DDPM_NICE", "0")


def chart(page: Page) -> Locator:
    return page.get_by_test_id("stVegaLiteChart").first


def ticks(page: Page) -> list[str]:
    """The numbers at the axes."""
    return list(chart(page).evaluate(TICKS))


def zoom(page: Page) -> None:
    """Ctrl and wheel over the middle of the chart."""
    chart(page).scroll_into_view_if_needed()
    chart(page).hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(300)
    page.keyboard.up("Control")


def test_a_zoom_outlives_the_stream_and_the_address_a_reload(own_server: Server, page: Page) -> None:
    page.goto(f"{own_server.address}/train?{QUERY}")
    wait_ready(page)
    page.get_by_role("button", name="Start").click()
    wait_until_running(page)
    for _ in range(3):
        wait_for_another_loss(page)

    # Zoomed, the axes show other numbers, and go on showing them while the losses come in.
    all_of_it = ticks(page)
    zoom(page)
    zoomed = ticks(page)
    assert zoomed != all_of_it
    drawing = chart(page).locator("svg").element_handle()
    for _ in range(3):
        wait_for_another_loss(page)
    assert ticks(page) == zoomed
    assert drawing.evaluate("node => node.isConnected")
    page.mouse.dblclick(*middle(chart(page)))
    page.wait_for_timeout(300)
    assert ticks(page) != zoomed

    # A bare wheel is the page's.
    before = ticks(page)
    page.mouse.wheel(0, 60)
    page.wait_for_timeout(300)
    assert set(ticks(page)) & set(before)

    the_picture_of_this_moment_changes_in_its_place(page)

    page.get_by_role("radio", name="Loss by t").click()
    expect(page.get_by_text("Predicting v, structureless data")).to_be_visible(timeout=60_000)
    expect(chart(page).get_by_text("baseline", exact=True)).to_be_visible()
    assert "chart=by_t" in page.url
    page.reload()
    wait_ready(page)
    expect(page.get_by_text("Predicting v, structureless data")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible(timeout=60_000)
    expect(page.locator("[class*=st-key-train_now]")).to_have_count(0, timeout=30_000)
    assert [run.status for run in Store(own_server.runs).runs()] == ["stopped"]


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def the_picture_of_this_moment_changes_in_its_place(page: Page) -> None:
    """Another source for the same picture; the film strip below does not move."""
    picture = page.locator("[class*=st-key-train_now] img")
    expect(picture).to_be_visible(timeout=60_000)
    node, first = picture.element_handle(), picture.get_attribute("src")
    before = top_of_film(page)
    expect(picture).not_to_have_attribute("src", first or "", timeout=60_000)
    assert node.evaluate("node => node.isConnected")
    assert node.evaluate("node => node.complete && node.naturalHeight === 16")
    assert top_of_film(page) == before


def top_of_film(page: Page) -> float:
    """Where the film strip begins; while an epoch's row is added to it, it is for a moment not there."""
    for _ in range(100):
        if box := page.locator(".film").last.bounding_box():
            return box["y"]
        page.wait_for_timeout(100)
    raise AssertionError("the film strip stays away")


def test_quality_of_the_shipped_run_is_there_at_once_and_zooms_as_one(own_server: Server, page: Page) -> None:
    page.goto(f"{own_server.address}/train?lang=en&run=sprites&chart=quality")
    wait_ready(page)
    drawn = page.get_by_test_id("stVegaLiteChart")
    expect(drawn).to_have_count(3)
    for title in ("loss on held-out pictures", "classified as asked", "Fréchet distance (features of a classifier)"):
        expect(drawn.get_by_text(title, exact=True)).to_be_visible()
    # The three axes of steps begin and end at the same place.
    grounds = [drawn.nth(i).locator("path.background").first.bounding_box() or {} for i in range(3)]
    assert len({(ground["x"], ground["width"]) for ground in grounds}) == 1
