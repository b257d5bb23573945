"""A page through AppTest: opened, and what is found on it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from ui.i18n import strings


def run_script(script: Callable[[], None], **query: str) -> AppTest:
    """A page that a test has written itself, run once at an address."""
    app = AppTest.from_function(script, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def begin_at(app: AppTest, page: str) -> AppTest:
    """The app before its first run, which will be of this page.

    Until then AppTest knows pages by their file's name only, so an empty file of the name stands for it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{page}.py"
        path.touch()
        return app.switch_page(str(path))


@dataclass
class Visitor:
    """Where the visitor sits, None being the server's own computer, and the cookie by which the browser is known."""

    address: str | None = None
    token: str = ""


def en(key: str, **values: object) -> str:
    """What stands on the English page."""
    return strings("en")[key].format(**values)


def button(page: AppTest, key: str) -> Any:
    """The button with the words of this key: button(page, "train.start").click()."""
    return next(found for found in page.button if found.label == en(key))


def control(kind: Any, name: str) -> Any:
    """The control of ui/controls.py that holds `?name=`: control(page.selectbox, "run"). Its key carries a version."""
    return next(found for found in kind if (found.key or "").partition(":")[0] == name)


def controlled(kind: Any) -> set[str]:
    """What the controls of a kind hold."""
    return {(found.key or "").partition(":")[0] for found in kind}


def url(page: AppTest) -> dict[str, str]:
    """What stands in the address."""
    return {name: value if isinstance(value, str) else value[0] for name, value in page.query_params.items()}


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def shown(page: AppTest) -> str:
    """All words on the page, as one text."""
    texts = [element.value for kind in (page.markdown, page.caption, page.error) for element in kind]
    return "\n".join([*texts, html(page)])
