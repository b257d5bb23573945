"""A run in the browser: it starts, streams, survives a reload and its server, and stops when asked to."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, WebSocket, expect

from ddpm_core.runs.folder import RunFolder
from jobs.store.store import Store
from tests.support.browser import Server, wait_for_another_loss, wait_ready, wait_until_running

# Small enough to be quick on one busy core, long enough not to end by itself.
SETTINGS = {"Epochs": 5000, "Batch": 16}
QUERY = "lang=en&epochs=5000&batch=16&pictures=160&channels=8"


@pytest.fixture
def page(page: Page) -> Page:
    """A page with patience: a machine that trains on all cores may draw slowly."""
    page.set_default_timeout(90_000)
    return page


def test_a_run_streams_survives_and_stops(own_server: Server, page: Page) -> None:
    sent = messages_sent(page)
    page.goto(f"{own_server.address}/train?{QUERY}")
    wait_ready(page)
    page.get_by_role("button", name="Start").click()
    wait_until_running(page)
    run_id = Store(own_server.runs).runs()[0].id
    assert f"run={run_id}" in page.url

    # It streams: new numbers arrive in the same page, in the same chart.
    page.evaluate("window.sameDocument = true")
    chart = page.get_by_test_id("stVegaLiteChart").locator("svg, canvas").first.element_handle()
    for _ in range(2):
        wait_for_another_loss(page)
    assert page.evaluate("window.sameDocument") is True
    assert chart.evaluate("node => node.isConnected") is True
    expect(page.locator(".film .strip img").first).to_be_visible()

    # A reload finds it, and what was typed into the form.
    page.reload()
    wait_ready(page)
    wait_until_running(page)
    for label, value in SETTINGS.items():
        expect(page.get_by_role("spinbutton", name=label)).to_have_value(str(value))

    # So does another server, after the first one was killed.
    own_server.kill()
    step = Store(own_server.runs).run(run_id).step
    own_server.start()
    page.goto(f"{own_server.address}/train")
    wait_ready(page)
    wait_until_running(page)
    wait_for_another_loss(page)
    assert Store(own_server.runs).run(run_id).step > step
    assert Store(own_server.runs).run(run_id).attempts == 1

    stop_within_two_seconds(page, own_server, run_id)
    nothing_is_sent_any_more(page, sent)


def stop_within_two_seconds(page: Page, server: Server, run_id: str) -> None:
    clicked = time.time()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible(timeout=15_000)
    record = Store(server.runs).run(run_id)
    assert record.status == "stopped"
    # Two seconds are promised by the worker; half a second more for the click to arrive on a busy machine.
    assert (record.finished or 0) - clicked < 2.5
    assert record.epoch in RunFolder(record.folder).epochs
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def messages_sent(page: Page) -> list[float]:
    """When the page sent something to the server; the list grows by itself."""
    sent: list[float] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", lambda _frame: sent.append(time.monotonic()))

    page.on("websocket", watch)
    return sent


def nothing_is_sent_any_more(page: Page, sent: list[float]) -> None:
    """A run that has ended is not polled."""
    assert sent
    page.wait_for_timeout(1500)
    sent.clear()
    page.wait_for_timeout(2500)
    assert not sent
