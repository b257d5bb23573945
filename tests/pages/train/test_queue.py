"""What the page Train offers for a run: each button's transition, and who is offered which."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

from ddpm_core.runs.folder import RunFolder
from jobs.store.store import Store
from pages.train import actions
from tests.support.pages import Visitor, button, control, en, shown
from tests.support.runs import QUICK, made_up_run
from ui import owner
from ui.i18n import LANGUAGES, strings

Open = Callable[..., AppTest]
ADA, BOB = "a" * 32, "b" * 32


pytestmark = pytest.mark.usefixtures("visitor")


@pytest.fixture
def shared(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """A server with a teacher's code; shared(token) is now the browser with that cookie, and returns its owner."""
    monkeypatch.setenv("DDPM_TEACHER_CODE", "4711")
    monkeypatch.setattr(owner, "WRONG_CODE_SECONDS", 0.0)

    def become(token: str) -> str:
        visitor.token = token
        return owner.owner()

    become(ADA)
    yield become
    for token in (ADA, BOB):
        become(token)
        owner.leave()


def labels(page: AppTest) -> set[str]:
    known = {text: key for key, text in strings("en").items() if key.startswith("queue.")}
    return {known[found.label] for found in page.button if found.label in known and not found.disabled}


def run_in(status: str, **values: object) -> str:
    """A run in a state, as the store would have it."""
    store = Store()
    run_id = store.enqueue(QUICK, "a run", **values)  # type: ignore[arg-type]
    with store.database.writing() as connection:
        connection.execute("UPDATE runs SET status = ? WHERE id = ?", (status, run_id))
    return run_id


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("queued", {"queue.pause", "queue.stop", "queue.to_front", "queue.delete"}),
        ("running", {"queue.pause", "queue.stop"}),
        ("pausing", {"queue.stop"}),
        ("stopping", set()),
        ("paused", {"queue.resume", "queue.delete"}),
        ("stopped", {"queue.resume", "queue.delete"}),
        ("failed", {"queue.resume", "queue.delete"}),
        ("finished", {"queue.delete"}),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_run_offers_what_its_state_allows(open_page: Open, status: str, offered: set[str], lang: str) -> None:
    run_id = run_in(status)
    page = open_page("train", lang, run=run_id)
    assert not page.exception
    known = {value: key for key, value in strings(lang).items() if key.startswith("queue.")}
    there = {known[found.label] for found in page.button if found.label in known and not found.disabled}
    assert there == offered


@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        ("queued", "queue.pause", "paused"),
        ("running", "queue.pause", "pausing"),
        ("running", "queue.stop", "stopping"),
        ("pausing", "queue.stop", "stopping"),
        ("queued", "queue.stop", "stopped"),
        ("paused", "queue.resume", "queued"),
        ("stopped", "queue.resume", "queued"),
        ("failed", "queue.resume", "queued"),
    ],
)
def test_a_button_moves_the_run_on(open_page: Open, before: str, key: str, after: str) -> None:
    run_id = run_in(before)
    button(open_page("train", run=run_id), key).click().run()
    assert Store().run(run_id).status == after


def test_a_deleted_run_comes_back_with_undo(open_page: Open) -> None:
    first, second = run_in("finished"), run_in("stopped")
    page = open_page("train", run=first)
    button(page, "queue.delete").click().run()
    assert [record.id for record in Store().runs()] == [second]
    assert control(page.selectbox, "run").value == second
    button(page, "queue.delete").click().run()
    assert control(page.selectbox, "run").value == "tiny"
    assert not page.warning
    for run_id in (second, first):
        button(page, "queue.undo").click().run()
        assert control(page.selectbox, "run").value == run_id
    assert len(Store().runs()) == 2
    assert "queue.undo" not in labels(page)


def test_a_callback_that_is_cut_short_forgets_nothing(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit ends a callback where it touches the session while another rerun waits."""

    class Session(dict[str, Any]):
        def setdefault(self, key: str, default: Any = None) -> Any:
            assert Store().runs()[0].id == run_id, "the session is touched before the run is deleted, not after"
            return super().setdefault(key, default)

        def pop(self, *_: object) -> Any:
            raise RerunException(RerunData())

        __getitem__ = __setitem__ = __delitem__ = pop  # type: ignore[assignment]

    run_id, session = run_in("stopped"), Session()
    monkeypatch.setattr(actions, "st", SimpleNamespace(session_state=session))
    actions._delete(run_id)
    assert list(session.values()) == [[(run_id, "a run")]]
    assert not Store().runs()


def test_a_run_whose_start_was_cut_short_is_turned_to_by_the_next_rerun(open_page: Open) -> None:
    page = open_page("train", run=run_in("finished"))
    mine = Store().enqueue(QUICK, "mine")
    page.session_state["just_started"] = [mine]  # as `just_started().append(...)` leaves it
    page.run()
    assert control(page.selectbox, "run").value == mine
    assert not page.session_state["just_started"]


def test_an_address_that_still_names_a_deleted_run_is_no_mistake(open_page: Open) -> None:
    kept, run_id = run_in("finished"), run_in("stopped")
    page = open_page("train", run=run_id)
    button(page, "queue.delete").click().run()
    page.query_params["run"] = run_id  # of a rerun that the browser sent before it heard of the deletion
    page.run()
    assert not page.warning
    assert not page.error
    assert control(page.selectbox, "run").value == kept
    assert "queue.undo" in labels(page)


def test_the_message_about_a_deletion_can_be_closed_and_what_is_gone_is_named(open_page: Open) -> None:
    run_in("finished")
    page = open_page("train")
    button(page, "queue.delete").click().run()
    button(page, "queue.dismiss").click().run()
    assert "queue.undo" not in labels(page)

    run_id = run_in("finished")
    page = open_page("train", run=run_id)
    button(page, "queue.delete").click().run()
    with Store().database.writing() as connection:
        connection.execute("DELETE FROM runs")
    button(page, "queue.undo").click().run()
    assert "too long ago" in page.error[0].value
    assert "queue.undo" not in labels(page)


def test_name_and_note_are_kept_as_typed(open_page: Open) -> None:
    run_id = run_in("finished")
    page = open_page("train", run=run_id)
    field = next(found for found in page.text_input if (found.key or "").startswith(f"train_name:{run_id}"))
    field.set_value("Ada *et al.*").run()
    note = next(found for found in page.text_area if (found.key or "").startswith(f"train_note:{run_id}"))
    note.set_value("warm-up too short").run()
    record = Store().run(run_id)
    assert (record.name, record.note) == ("Ada *et al.*", "warm-up too short")
    assert "warm-up too short" in [found.value for found in page.text]
    assert not page.exception


def test_the_next_one_waits_with_its_expected_start(open_page: Open) -> None:
    store = Store()
    running, second, third = (store.enqueue(QUICK, name) for name in ("one", "two", "three"))
    store.claim()
    page = open_page("train", run=third)
    assert en("queue.expected", when=en("queue.start_unknown")) in shown(page)
    with store.database.writing() as connection:
        connection.execute(
            "UPDATE runs SET step = 500, total_steps = 1500, pictures_per_second = 640 WHERE id = ?", (running,)
        )
    page.run()
    per_run = QUICK.data.num_pictures * QUICK.num_epochs / 640
    minutes = round((1000 * 64 / 640 + per_run) / 60)
    assert en("queue.expected", when=en("queue.start_in", time=en("train.minutes", minutes=minutes))) in shown(page)
    # The list leads to each of them.
    page.button(key=f"queue_show_{second}").click().run()
    assert control(page.selectbox, "run").value == second


def test_of_a_long_queue_the_next_ones_and_ones_own_are_listed(open_page: Open, shared: Callable[[str], str]) -> None:
    store, ada = Store(), shared(ADA)
    ids = [store.enqueue(QUICK, f"run {number}", owner=ada if number == 99 else "x") for number in range(100)]
    page = open_page("train", run=ids[50])
    listed = [found.key.removeprefix("queue_show_") for found in page.button if (found.key or "").startswith("queue_")]
    assert listed == [*ids[:8], ids[99]]
    assert en("queue.hidden", num=91) in shown(page)


def test_another_browsers_run_is_left_alone(open_page: Open, shared: Callable[[str], str]) -> None:
    run_id = run_in("stopped", owner=shared(ADA))
    assert {"queue.resume", "queue.delete"} <= labels(open_page("train", run=run_id))
    shared(BOB)
    page = open_page("train", run=run_id)
    assert labels(page) == set()
    assert en("queue.not_yours") in shown(page)


def test_a_page_drawn_for_a_teacher_who_has_left_changes_nothing(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = run_in("running", owner="someone")
    page = open_page("train", run=run_id)
    monkeypatch.setattr(owner, "may_manage", lambda record: False)
    button(page, "queue.stop").click().run()
    assert Store().run(run_id).status == "running"
    assert page.error[0].value == en("queue.not_yours")


def test_a_run_without_owner_is_everybodys(open_page: Open, shared: Callable[[str], str]) -> None:
    run_id = run_in("stopped")
    shared(BOB)
    assert {"queue.resume", "queue.delete"} <= labels(open_page("train", run=run_id))


def test_at_the_servers_own_computer_every_run_is_ones_own_unless_a_teacher_says_otherwise(
    open_page: Open, visitor: Visitor
) -> None:
    run_id = run_in("stopped", owner="someone")
    page = open_page("train", run=run_id)
    assert {"queue.resume", "queue.delete"} <= labels(page)
    assert "train_code" not in [found.key for found in page.text_input]
    visitor.address = "192.168.0.7"
    assert labels(open_page("train", run=run_id)) == set()


def test_start_notes_whose_run_it_is(open_page: Open, shared: Callable[[str], str]) -> None:
    page = open_page("train")
    button(page, "train.start").click().run()
    (record,) = Store().runs()
    assert record.owner == owner.owner() != ""
    assert en("queue.yours") in control(page.selectbox, "run").options[0]


def enter(page: AppTest, code: str) -> AppTest:
    return page.text_input(key="train_code").set_value(code).run()


def test_a_teacher_may_manage_all_runs(open_page: Open, shared: Callable[[str], str]) -> None:
    run_id = run_in("queued", owner="someone")
    page = open_page("train", run=run_id)
    assert labels(page) == set()
    enter(page, "0815")
    assert en("queue.wrong_code") in [error.value for error in page.error]
    assert labels(page) == set()
    enter(page, " 4711 ")
    assert not page.error
    assert labels(page) >= {"queue.pause", "queue.stop", "queue.to_front", "queue.delete"}
    # Known in this browser's other tabs, not in other browsers.
    assert "queue.stop" in labels(open_page("train", run=run_id))
    shared(BOB)
    assert "queue.stop" not in labels(open_page("train", run=run_id))
    shared(ADA)
    button(page, "queue.leave").click().run()
    assert labels(page) == set()


def test_a_closed_queue_takes_runs_of_the_teacher_only(open_page: Open, shared: Callable[[str], str]) -> None:
    teacher = enter(open_page("train"), "4711")
    button(teacher, "queue.close").click().run()
    assert not button(teacher, "train.start").disabled
    paused = run_in("paused", owner=shared(BOB))
    page = open_page("train", run=paused)
    assert button(page, "train.start").disabled
    assert button(page, "queue.resume").disabled
    assert en("queue.closed") in shown(page)
    shared(ADA)
    button(teacher, "queue.open").click().run()
    shared(BOB)
    page.run()
    assert not button(page, "train.start").disabled
    assert not button(page, "queue.resume").disabled


@pytest.mark.parametrize(("step", "key"), [(0, "train.is_withdrawn"), (3, "train.is_stopped_early")])
def test_a_run_that_never_began_is_not_said_to_have_begun(open_page: Open, step: int, key: str) -> None:
    run_id = run_in("stopped")
    with Store().database.writing() as connection:
        connection.execute("UPDATE runs SET step = ? WHERE id = ?", (step, run_id))
    assert en(key) in shown(open_page("train", run=run_id))


def test_a_branch_begins_where_it_is_told(open_page: Open, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[object, ...]] = []

    def branch(_store: Store, run_id: str, epoch: int, config: object, name: str, whose: str) -> str:
        begun.append((run_id, epoch, config, name, whose))
        return Store().enqueue(QUICK, name)

    monkeypatch.setattr(Store, "branch", branch)
    page = open_page("train", run="tiny", epoch=1)
    button(page, "queue.branch").click().run()
    fields = {found.label: found for found in page.number_input if found.key is None}
    fields[en("train.epochs")].set_value(0).run()
    assert "num_epochs is 0; allowed: 1 to 10000." in [error.value for error in page.error]
    assert button(page, "queue.branch_start").disabled
    fields = {found.label: found for found in page.number_input if found.key is None}
    fields[en("train.epochs")].set_value(3)
    fields[en("train.lr")].set_value(0.001).run()
    assert not page.exception
    button(page, "queue.branch_start").click().run()
    name = en("queue.branch_name", name="tiny", epoch=1)
    assert begun == [("tiny", 1, replace(QUICK, num_epochs=3, learning_rate=0.001), name, "")]
    assert control(page.selectbox, "run").value == Store().runs()[0].id
    assert "queue.branch_start" not in labels(page)


def test_what_is_chosen_for_a_branch_stays_while_the_run_goes_on(
    open_page: Open, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[object, ...]] = []

    def branch(_store: Store, run_id: str, epoch: int, _config: object, name: str, _whose: str) -> str:
        begun.append((run_id, epoch, name))
        return Store().enqueue(QUICK, name)

    monkeypatch.setattr(Store, "branch", branch)
    page = open_page("train", run="tiny", epoch=1)
    button(page, "queue.branch").click().run()

    def epochs() -> Any:
        (found,) = [each for each in page.get("button_group") if each.label == en("queue.branch_epoch")]
        return found

    def name() -> Any:
        (found,) = [each for each in page.text_input if each.placeholder.startswith("tiny")]
        return found

    offered = epochs().options
    epochs().set_value("0").run()
    name().set_value("lesson two").run()
    run = RunFolder(shipped / "tiny")
    for epoch in (3, 4):
        shutil.copyfile(run.checkpoint(2), run.checkpoint(epoch))
        page.run()
    run.checkpoint(2).unlink()
    page.run()
    assert epochs().options == offered
    assert name().value == "lesson two"
    button(page, "queue.branch_start").click().run()
    assert begun == [("tiny", 0, "lesson two")]


def test_a_branch_says_where_it_comes_from(open_page: Open) -> None:
    parent, gone = run_in("finished"), "gone-run"
    for source, name in ((parent, "a run"), (gone, "gone-run")):
        child = run_in("finished")
        with Store().database.writing() as connection:
            connection.execute("UPDATE runs SET parent = ? WHERE id = ?", (f"{source}@9", child))
        words = shown(open_page("train", run=child)).replace("\\", "")
        assert en("queue.branched_from", name=name, epoch=9) in words


def test_a_run_that_another_browser_deletes_is_named_once_and_the_page_goes_on(open_page: Open) -> None:
    made_up_run(Path(Store().root) / "unused", QUICK)
    run_id, other = run_in("stopped"), run_in("finished")
    page = open_page("train", run=run_id)
    Store().delete(run_id)
    page.run()
    assert run_id in page.warning[0].value
    assert control(page.selectbox, "run").value == other
    assert not page.error
    assert not page.run().warning


def test_a_folder_that_cannot_be_written_to_is_named_in_place_and_the_page_goes_on(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = OSError(errno.EACCES, "attempt to write a readonly database; set DDPM_RUNS_DIR", "lab.db")

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise problem

    page = open_page("train")
    monkeypatch.setattr(Store, "enqueue", refuse)
    button(page, "train.start").click().run()
    assert [error.value for error in page.error] == [f"lab.db: {problem.strerror}"]
    assert control(page.selectbox, "run").value == "tiny"

    # One that cannot even be read: the shipped runs are still there to look at.
    monkeypatch.setattr(Store, "runs", refuse)
    page = open_page("train")
    assert not page.exception
    assert {error.value for error in page.error} == {f"lab.db: {problem.strerror}"}
    assert control(page.selectbox, "run").value == "tiny"
    assert shown(page).count("data:image/png;base64,") == 3 + 3
    assert button(page, "train.start").disabled
