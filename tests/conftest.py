"""Fixtures for every test: an own folder for runs, and pages opened without a browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

# Before anything imports them: what their asserts compared is shown, as in a test.
pytest.register_assert_rewrite("tests.support")
# Threads that wait for each other by spinning take ten times as long on cores that have other work.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", "1" if "PYTEST_XDIST_WORKER" in os.environ else "2")


@pytest.fixture(scope="session", autouse=True)
def look_for_components_once() -> Iterator[None]:
    """Before an app's first run AppTest reads about every package that is installed, which takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def runs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test sees or touches the runs of the person who runs it."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("DDPM_RUNS_DIR", str(folder))
    return folder


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of data."""
    folder = tmp_path / "data"
    monkeypatch.setenv("DDPM_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """open_page("generate", lang="zh", run="…") is that page, run once, inside the shell."""

    from tests.support.pages import begin_at
    from tests.support.sources import ROOT

    def open_(name: str, lang: str = "en", timeout: float = 60, **query: object) -> AppTest:
        app = AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=timeout)
        for key, value in {"lang": lang, **query}.items():
            app.query_params[key] = str(value)
        return begin_at(app, name).run()

    return open_
