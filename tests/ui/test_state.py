"""What stands in the URL reaches the widget, is checked on the way in, and follows the widget on the way out."""

from __future__ import annotations

import pytest

from tests.support.pages import control, run_script


def page() -> None:
    import streamlit as st

    from ui import controls, state

    labels = {"linear": "直线", "cosine": "余弦"}
    kind = controls.segmented("schedule", ["linear", "cosine"], "cosine", labels.__getitem__)
    step = state.number("t", 0, 1000, 430)
    st.text(f"{kind} {step!r} {sorted(st.query_params.items())}")


def test_defaults_stay_out_of_the_address() -> None:
    assert run_script(page).text[0].value == "cosine 430 []"


def test_values_in_the_address_win_on_the_first_visit() -> None:
    app = run_script(page, schedule="linear", t="7")
    assert app.text[0].value == "linear 7 [('schedule', 'linear'), ('t', '7')]"
    assert not app.warning


def test_a_choice_is_written_into_the_address_and_taken_out_at_its_default() -> None:
    app = run_script(page)
    control(app.segmented_control, "schedule").set_value("linear").run()
    assert app.text[0].value == "linear 430 [('schedule', 'linear')]"
    control(app.segmented_control, "schedule").set_value("cosine").run()
    assert app.text[0].value == "cosine 430 []"


def test_a_message_that_still_carries_the_address_of_before_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = run_script(page, schedule="linear")
    control(app.segmented_control, "schedule").set_value("cosine").run()
    app.query_params["schedule"] = "linear"  # sent by the browser before it heard of the change
    app.run()
    assert app.text[0].value == "cosine 430 []"
    monkeypatch.setattr("ui.state.LATE_SECONDS", 0.0)  # the same, later: somebody went back
    app.query_params["schedule"] = "linear"
    app.run()
    assert app.text[0].value == "linear 430 [('schedule', 'linear')]"


def test_a_new_address_wins_over_the_widget() -> None:
    app = run_script(page, schedule="linear")
    app.query_params["schedule"] = "cosine"
    assert app.run().text[0].value.startswith("cosine")


@pytest.mark.parametrize(
    ("query", "named"),
    [({"schedule": "quartic"}, "quartic"), ({"t": "1001"}, "1001"), ({"t": "x"}, "t=x"), ({"t": "3.5"}, "3.5")],
)
def test_a_bad_value_is_named_and_the_default_shown(query: dict[str, str], named: str) -> None:
    app = run_script(page, **query)
    assert not app.exception
    assert named in app.warning[0].value
    assert app.text[0].value.startswith("cosine 430")
