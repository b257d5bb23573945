"""An AppTest that begins at a page."""

from __future__ import annotations

import tempfile
from pathlib import Path

from streamlit.testing.v1 import AppTest


def begin_at(app: AppTest, page: str) -> AppTest:
    """The app before its first run, which will be of this page.

    Until then AppTest knows pages by their file's name only, so an empty file of the name stands for it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{page}.py"
        path.touch()
        return app.switch_page(str(path))
