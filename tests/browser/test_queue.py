"""One machine, several browsers: whose run is whose, who is next, and what a teacher may do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, Page, expect

from jobs.store.store import Store
from tests.support.browser import serving, wait_ready
from tests.support.runs import TINY

pytestmark = pytest.mark.usefixtures("patience")
QUERY = "lang=en&epochs=5000&batch=16&pictures=160&channels=8"
LONG = 150_000
"""Milliseconds a worker may take to get going on a busy machine."""


@dataclass
class Classroom:
    """A server with a teacher's code, and what its store holds."""

    address: str
    store: Store


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    folder = tmp_path_factory.mktemp("classroom")
    # Behind whatever else this machine does, a worker may not run for minutes.
    with serving(folder, DDPM_TEACHER_CODE="4711", DDPM_NICE="0") as address:
        yield Classroom(address, Store(folder / "runs"))


@pytest.fixture
def visit(browser: Browser, classroom: Classroom) -> Iterator[Callable[[str], Page]]:
    """visit("run=…") is the page Train in a browser of its own: nobody else's cookies."""
    contexts = []

    def open_(query: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(90_000)
        page.goto(f"{classroom.address}/train?{query}")
        return wait_ready(page)

    yield open_
    for context in contexts:
        context.close()


def start(page: Page, room: Classroom) -> str:
    """Press Start, and wait until the page shows the new run, whose id this is."""
    known = {run.id for run in room.store.runs()}
    page.get_by_role("button", name="Start", exact=True).click()
    deadline = time.monotonic() + LONG / 1000
    while not (new := {run.id for run in room.store.runs()} - known):
        assert time.monotonic() < deadline, "no run was queued"
        page.wait_for_timeout(50)
    (run_id,) = new
    page.wait_for_url(f"**run={run_id}*")
    expect(button(page, "Pause")).to_be_visible()
    return run_id


def button(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.get_by_role("button", name=name, exact=True)


def expect_queue(page: Page, run_ids: list[str]) -> None:
    """Open the list, wait until it shows these runs in this order, and close it."""
    page.get_by_role("button", name="Queue").click()
    rows = page.locator("[class*=st-key-queue_show_]")
    for place, run_id in enumerate(run_ids):
        expect(rows.nth(place)).to_have_class(re.compile(f"st-key-queue_show_{run_id}"))
    expect(rows).to_have_count(len(run_ids))
    page.keyboard.press("Escape")
    expect(rows.first).to_be_hidden()


def test_a_classroom_shares_one_machine(classroom: Classroom, visit: Callable[[str], Page]) -> None:
    ada, bob = visit(QUERY), visit(QUERY)
    cookies = [next(c for c in page.context.cookies() if c["name"] == "ddpm_lab_owner") for page in (ada, bob)]
    assert cookies[0]["value"] != cookies[1]["value"]
    assert cookies[0]["httpOnly"]
    assert cookies[0]["sameSite"] == "Lax"

    first = start(ada, classroom)
    expect(ada.get_by_text("Starting:").or_(ada.get_by_text("Running on"))).to_be_visible(timeout=LONG)
    second = start(bob, classroom)
    third = start(ada, classroom)
    owners = [classroom.store.run(run_id).owner for run_id in (first, second, third)]
    assert owners[0] == owners[2] != owners[1]
    assert "" not in owners

    # Both see the same order, whoever looks.
    expect(bob.get_by_text("position 1")).to_be_visible()
    expect(ada.get_by_text("position 2")).to_be_visible()
    for page in (ada, bob):
        expect_queue(page, [first, second, third])

    # Ada pauses, and Bob's run is on; hers goes to the end. Her reload is still hers.
    ada.goto(f"{classroom.address}/train?lang=en&run={first}")
    button(ada, "Pause").click()
    expect(ada.get_by_text("Paused", exact=True)).to_be_visible(timeout=LONG)
    expect_queue(ada, [second, third])
    button(ada, "Resume").click()
    expect(ada.get_by_text("position 2")).to_be_visible()
    expect_queue(ada, [second, third, first])


def test_only_a_teacher_may_touch_anothers_run(classroom: Classroom, visit: Callable[[str], Page]) -> None:
    run_id = classroom.store.enqueue(TINY, "Ada's", owner="somebody")
    classroom.store.pause(run_id)
    bob = visit(f"lang=en&run={run_id}")
    button(bob, "More for this run").click()
    expect(bob.get_by_text("was started in another browser")).to_be_visible()
    for name in ("Resume", "Stop", "Delete"):
        expect(button(bob, name)).to_have_count(0)
    bob.keyboard.press("Escape")

    button(bob, "Teacher").click()
    for code in ("1234", "4711"):
        expect(bob.get_by_label("Teacher's code")).to_have_value("")
        bob.get_by_label("Teacher's code").fill(code)
        bob.keyboard.press("Enter")
        expect(bob.get_by_text("That is not the code.").or_(button(bob, "Close the queue"))).to_be_visible()
    button(bob, "Close the queue").click()
    expect(button(bob, "Open the queue")).to_be_visible()
    expect(button(bob, "Start")).to_be_enabled()
    expect(button(bob, "Resume")).to_be_enabled()

    cleo = visit(f"lang=en&run={run_id}")
    expect(button(cleo, "Start")).to_be_disabled()
    expect(cleo.get_by_text("The teacher has closed the queue").first).to_be_visible()
    button(bob, "Open the queue").click()
    expect(button(bob, "Close the queue")).to_be_visible()
    assert not classroom.store.queue_closed


def test_a_run_is_deleted_and_brought_back(classroom: Classroom, visit: Callable[[str], Page]) -> None:
    run_id = classroom.store.enqueue(TINY, "Unloved <b>run</b>")
    classroom.store.request_stop(run_id)
    page = visit(f"lang=en&run={run_id}")
    button(page, "More for this run").click()
    button(page, "Delete").click()
    expect(page.get_by_text("Unloved <b>run</b> is deleted.")).to_be_visible()
    assert run_id not in page.url
    button(page, "Undo").click()
    page.wait_for_url(f"**run={run_id}*")
    expect(button(page, "Undo")).to_have_count(0)
    assert classroom.store.run(run_id).status == "stopped"


def test_a_branch_is_made_and_trained(classroom: Classroom, visit: Callable[[str], Page]) -> None:
    for run in classroom.store.runs():
        classroom.store.request_stop(run.id)
    parent = classroom.store.enqueue(replace(TINY, keep_epochs=(0, 1, 2)), "Parent")
    page = visit(f"lang=en&run={parent}")
    expect(page.get_by_text("Finished:")).to_be_visible(timeout=LONG)
    button(page, "More for this run").click()
    button(page, "Branch").click()
    dialog = page.get_by_role("dialog").filter(has_text="Branch from Parent")
    dialog.get_by_role("radio", name="1", exact=True).click()
    dialog.get_by_role("spinbutton", name="Epochs").fill("1")
    dialog.get_by_role("spinbutton", name="Epochs").press("Enter")
    expect(dialog.get_by_label("Name")).to_have_attribute("placeholder", "Parent, from epoch 1")
    dialog.get_by_role("button", name="Start the branch").click()
    expect(page.get_by_text("Begins with the weights of Parent after epoch 1.")).to_be_visible()
    expect(page.get_by_text("Finished:")).to_be_visible(timeout=LONG)
    branch = classroom.store.runs()[0]
    assert (branch.parent, branch.status, branch.config.num_epochs) == (f"{parent}@1", "finished", 1)
    start, end = classroom.store.epochs(branch.id)
    at_parent = classroom.store.epochs(parent)[1]
    assert start.val_loss_ema == pytest.approx(at_parent.val_loss_ema, rel=1e-2)
    assert end.epoch == 1
    expect(page.get_by_role("combobox", name="Run")).to_have_value(re.compile("Parent, from epoch 1 · finished"))
