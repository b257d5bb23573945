"""Errors a learner can put right appear in place and the page goes on; others are left to the app's last resort."""

from __future__ import annotations

from tests.support.pages import run_script


def test_a_value_error_is_shown_and_the_page_goes_on() -> None:
    def script() -> None:
        import streamlit as st

        from ui.guard import guard

        with guard():
            raise ValueError("t is 1001; allowed: 0 to 1000.")
        st.text("after")

    app = run_script(script)
    assert not app.exception
    assert app.error[0].value == "t is 1001; allowed: 0 to 1000."
    assert app.text[0].value == "after"


def test_a_full_disk_has_its_own_words() -> None:
    def script() -> None:
        import errno

        from ui.guard import guard

        @guard()
        def draw() -> None:
            raise OSError(errno.ENOSPC, "No space left on device", "runs/a/resume.pt")

        draw()

    app = run_script(script)
    assert "runs/a/resume.pt" in app.error[0].value
    assert "disk is full" in app.error[0].value


def test_a_bug_is_not_dressed_up_as_advice() -> None:
    def script() -> None:
        from ui.guard import guard

        with guard():
            raise KeyError("a bug")

    app = run_script(script)
    assert not app.error
    assert app.exception
