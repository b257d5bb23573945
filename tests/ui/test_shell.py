"""The frame: every page in the table draws itself in both languages, and the switch moves all of it at once."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable

import pytest
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path
from streamlit.testing.v1 import AppTest

from tests.support.pages import run_script
from ui import nav
from ui.i18n import LANGUAGES, strings
from ui.nav import PAGES, PAGES_DIR

Open = Callable[..., AppTest]


def test_every_page_file_is_in_the_table() -> None:
    assert {path.parent.name for path in PAGES_DIR.glob("*/page.py")} == {entry.name for entry in PAGES}
    assert len({entry.name for entry in PAGES}) == len(PAGES)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [entry.name for entry in PAGES])
def test_page_draws_itself_without_errors(open_page: Open, name: str, lang: str) -> None:
    page = open_page(name, lang)
    assert not page.exception, page.exception
    assert not page.error, [error.value for error in page.error]
    assert len(page.title) == 1
    assert page.session_state["lang"] == lang


def test_switching_language_changes_the_page_at_once(open_page: Open) -> None:
    page = open_page("home", "en")
    english = page.title[0].value
    page.segmented_control(key="lang").set_value("zh").run()
    assert page.session_state["lang"] == "zh"
    assert page.title[0].value != english
    page.segmented_control(key="lang").set_value("en").run()
    assert page.title[0].value == english


def test_unknown_language_in_the_address_falls_back(open_page: Open) -> None:
    page = open_page("home", "fr")
    assert not page.exception
    assert page.session_state["lang"] == "en"


def test_the_last_resort_says_sorry_without_a_traceback() -> None:
    def script() -> None:
        from ui.guard import apologise

        apologise(RuntimeError("secret detail"))

    page = run_script(script)
    assert page.error[0].value == strings("en")["error.unexpected"].format(kind="RuntimeError")


def test_a_link_carries_its_query_and_the_page_title() -> None:
    def script() -> None:
        import streamlit as st

        from ui import nav

        st.navigation(nav.sections())
        nav.link("generate", run="abc", epoch=9)

    page = run_script(script)
    link = page.get("page_link")[0].proto
    assert (link.label, link.page, link.query_string) == (strings("en")["nav.generate"], "generate", "run=abc&epoch=9")


def test_a_link_to_no_page_names_the_pages_there_are() -> None:
    with pytest.raises(ValueError, match=r"page is 'nowhere'; allowed: home, data, add_noise"):
        nav.link("nowhere")


def test_a_rerun_leaves_the_import_path_alone() -> None:
    before = list(sys.path)
    with modified_sys_path(str(PAGES_DIR.parent / "ui" / "shell.py")):
        during = list(sys.path)
    assert before == during == sys.path
    assert sys.path.index(sysconfig.get_path("stdlib")) < sys.path.index(str(PAGES_DIR.parent / "ui"))
