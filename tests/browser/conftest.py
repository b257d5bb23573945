"""A real server and the system's Chromium: what AppTest cannot see (drags, streams, canvases, reloads)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from jobs.store.store import Store
from scripts.chromium import find_chromium, required
from tests.support.browser import Server, free_port, kill_tree, serving, stop_runs, wait_ready

# Software drawing, and no call to the outside.
ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    absent = find_chromium() is None and not required()
    for item in here:
        item.add_marker(pytest.mark.browser)
        if absent:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine (DDPM_CHROMIUM can name one)"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    path = find_chromium()
    if path is None:
        pytest.fail("no Chromium on this machine, and DDPM_REQUIRE_BROWSER=1 asks for it")
    return {"executable_path": path, "args": ARGS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}


@pytest.fixture(scope="session")
def server_runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs folder of the session's server."""
    return tmp_path_factory.mktemp("browser") / "runs"


@pytest.fixture(scope="session")
def server(server_runs_dir: Path) -> Iterator[str]:
    """Address of a running app that all browser tests share."""
    with serving(server_runs_dir.parent) as address:
        yield address


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """An app of its own, which a test may kill."""
    server = Server(tmp_path / "runs", free_port())
    server.start()
    yield server
    stop_runs(Store(server.runs))
    if server.process is not None:
        kill_tree(server.process)


@pytest.fixture
def open_page(page: Page, server: str) -> Callable[[str], Page]:
    """open_page("/generate?lang=zh") is the browser's page there, ready."""

    def open_(path: str) -> Page:
        page.goto(server + path)
        return wait_ready(page)

    return open_


@pytest.fixture
def patience() -> Iterator[None]:
    """For pages on a machine that trains on all cores, or loads torch: it may draw slowly."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)
