"""The controls that stand in the URL, whatever their values are changed by."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.support.pages import control, run_script, url
from ui import controls, state


def page() -> None:
    import streamlit as st

    from ui import controls

    most = st.session_state.setdefault("most", 10)
    runs = st.session_state.setdefault("runs", ["a", "b", "c"])
    run = controls.select("run", runs, runs[0], keep_choice=True)
    view = controls.segmented("view", ["near", "far"], "near")
    steps = controls.number("steps", 1, most, 5)
    scale = controls.number("scale", 0, 2, 1.0, step=0.5)
    others = controls.several("others", [other for other in runs if other != run], str)
    st.button("Seven", on_click=lambda: st.session_state.update(steps=7))
    st.text(f"{run} {view} {steps!r} {scale!r} {others}")


def test_what_nobody_chose_is_not_written_into_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be a step of the history that Back comes to again and again."""
    app = run_script(page)
    assert app.text[0].value == "a near 5 1.0 ()"
    assert url(app) == {}
    control(app.selectbox, "run").set_value("b").run()
    assert url(app) == {"run": "b"}
    monkeypatch.setattr(state, "LATE_SECONDS", 0.0)
    del app.query_params["run"]  # Back
    assert app.run().text[0].value == "a near 5 1.0 ()"
    assert url(app) == {}


def test_what_was_chosen_stays_in_the_address_also_where_it_is_the_default() -> None:
    """Tomorrow another run may be the newest: the link must go on meaning this one."""
    app = run_script(page)
    control(app.selectbox, "run").set_value("b").run()
    control(app.selectbox, "run").set_value("a").run()
    assert url(app) == {"run": "a"}


def test_what_was_asked_for_stays_in_the_address_also_where_it_is_the_default() -> None:
    app = run_script(page, run="a", view="near")
    assert app.text[0].value == "a near 5 1.0 ()"
    assert url(app) == {"run": "a"}


def test_a_control_a_button_and_the_address_may_take_turns() -> None:
    app = run_script(page)
    control(app.number_input, "steps").set_value(3).run()
    assert (app.text[0].value, url(app)["steps"]) == ("a near 3 1.0 ()", "3")
    app.button[0].click().run()
    assert (control(app.number_input, "steps").value, url(app)["steps"]) == (7, "7")
    app.query_params["steps"] = "9"
    assert control(app.run().number_input, "steps").value == 9
    control(app.number_input, "steps").set_value(5).run()
    assert app.text[0].value == "a near 5 1.0 ()"
    assert url(app) == {}


def test_what_the_browser_still_holds_does_not_come_back() -> None:
    """A rerun that overtakes the browser carries the old value of the old key: nobody asks for it."""
    app = run_script(page, steps="3")
    before = control(app.number_input, "steps").key
    app.session_state["steps"] = 8
    app.run()
    assert control(app.number_input, "steps").key != before
    assert app.run().text[0].value == "a near 8 1.0 ()"


def test_a_control_that_was_replaced_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow browser goes on sending the value of the control before, as if it had just been chosen."""
    session = {"steps": 8, "steps:0": 3, "steps:1": 9, "steps:known": {"value": 8, "shown": "", "version": 1}}
    monkeypatch.setattr(controls, "st", SimpleNamespace(session_state=session))
    controls._take_over("steps", "steps:0")
    assert session["steps"] == 8
    controls._take_over("steps", "steps:1")
    assert session["steps"] == 9


def test_a_number_left_over_from_wider_bounds_is_moved_inside() -> None:
    app = run_script(page, steps="10")
    app.session_state["most"] = 4
    app.run()
    assert (control(app.number_input, "steps").value, url(app)["steps"]) == (4, "4")
    assert not app.warning


def test_whole_bounds_do_for_a_number_with_a_fraction() -> None:
    app = run_script(page, scale="1.5")
    assert app.text[0].value == "a near 5 1.5 ()"
    assert control(app.number_input, "scale").max == 2.0


def test_several_are_held_in_the_order_in_which_they_were_named() -> None:
    app = run_script(page, others="c,b")
    assert app.text[0].value == "a near 5 1.0 ('c', 'b')"
    control(app.multiselect, "others").set_value(["b"]).run()
    assert (app.text[0].value, url(app)["others"]) == ("a near 5 1.0 ('b',)", "b")
    control(app.multiselect, "others").set_value([]).run()
    assert "others" not in url(app)


def test_several_forget_what_is_no_longer_offered() -> None:
    app = run_script(page, others="b,c")
    control(app.selectbox, "run").set_value("b").run()
    assert (app.text[0].value, url(app)["others"]) == ("b near 5 1.0 ('c',)", "c")
    app.session_state["runs"] = ["b"]
    app.run()
    assert app.text[0].value == "b near 5 1.0 ()"
    assert not app.warning


def test_an_unknown_one_among_several_is_named() -> None:
    app = run_script(page, others="b,nobody")
    assert "nobody" in app.warning[0].value
    assert app.text[0].value == "a near 5 1.0 ()"


def test_a_select_box_shows_its_value_in_the_words_of_now() -> None:
    """In the browser a box keeps the words it had: new words for the same value need a new box, a choice does not."""

    def script() -> None:
        import streamlit as st

        from ui.controls import select

        words = st.session_state.get("words", "waiting")
        select("run", ("a", "b"), "a", lambda name: f"{name} {words}")

    app = run_script(script)
    first = app.selectbox[0].key
    app.selectbox[0].set_value("b").run()
    assert (app.selectbox[0].key, app.session_state["run"]) == (first, "b")
    app.session_state["words"] = "running"
    app.run()
    assert app.selectbox[0].key != first
    assert (app.selectbox[0].value, app.session_state["run"]) == ("b", "b")
    assert app.selectbox[0].options == ["a running", "b running"]
