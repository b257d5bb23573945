"""A real server and the system's Chromium: what AppTest cannot see (drags, streams, canvases, reloads)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Page, expect

from scripts.chromium import find_chromium, required

ROOT = Path(__file__).resolve().parent.parent.parent
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(runs_dir: Path, port: int, log: Path, base_path: str = "") -> subprocess.Popen[bytes]:
    """The app as a user starts it, on its own runs folder; returns when it answers."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.baseUrlPath", base_path]
    with log.open("ab") as out:
        server = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            env={**os.environ, "DDPM_RUNS_DIR": str(runs_dir)},
        )  # fmt: skip
    # Directly, even where a test has set a proxy: urlopen would stay with the one it met first.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            with direct.open(f"http://127.0.0.1:{port}{base_path}/_stcore/health", timeout=1):
                return server
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    kill_tree(server)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}")


def kill_tree(server: subprocess.Popen[bytes]) -> None:
    """End a server and every process it started, workers in sessions of their own included."""
    try:
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family, timeout=10)
    server.wait(timeout=10)


@pytest.fixture(scope="session")
def server_runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs folder of the session's server."""
    return tmp_path_factory.mktemp("browser") / "runs"


@pytest.fixture(scope="session")
def server(server_runs_dir: Path) -> Iterator[str]:
    """Address of a running app that all browser tests share."""
    port = free_port()
    process = start_server(server_runs_dir, port, server_runs_dir.parent / "server.log")
    yield f"http://127.0.0.1:{port}"
    kill_tree(process)


def wait_ready(page: Page) -> Page:
    """Wait until the page is connected and its script has run; content that streams in settles later."""
    page.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]", timeout=30_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    return page


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
