"""A real server, and what a page in Chromium shows of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Locator, Page, expect

from jobs.store.store import Store
from tests.support.sources import ROOT

# A server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(
    runs_dir: Path, port: int, log: Path, base_path: str = "", **environment: str
) -> subprocess.Popen[bytes]:
    """The app as a user starts it, on its own runs folder; returns when it answers."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.baseUrlPath", base_path]
    with log.open("ab") as out:
        server = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            env={**os.environ, "DDPM_RUNS_DIR": str(runs_dir), **environment},
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


@contextmanager
def serving(home: Path, base_path: str = "", **environment: str) -> Iterator[str]:
    """The address of a running app whose runs lie in home/runs; it ends with the block."""
    port = free_port()
    process = start_server(home / "runs", port, home / "server.log", base_path, **environment)
    try:
        yield f"http://127.0.0.1:{port}{base_path}"
    finally:
        stop_runs(Store(home / "runs"))
        kill_tree(process)


def stop_runs(store: Store) -> None:
    """Let no worker outlive its test: ask all to stop, and wait for them."""
    for run in store.runs():
        store.request_stop(run.id)
    deadline = time.monotonic() + 10
    while store.active() and time.monotonic() < deadline:
        time.sleep(0.1)


@dataclass
class Server:
    """An app of its own, which may be killed."""

    runs: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = start_server(self.runs, self.port, self.runs.parent / "server.log")

    def kill(self) -> None:
        """End the server the hard way, and nothing else: its worker goes on."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)


# A page


def wait_ready(page: Page) -> Page:
    """Wait until the page is connected and its script has run; content that streams in settles later."""
    page.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]", timeout=30_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    return page


def wait_for_frame(page: Page) -> None:
    """Wait until what has happened so far is on the screen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def sent_frames(page: Page) -> list[str | bytes]:
    """Every message this page will send to the server; the list grows by itself."""
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    return sent


def draws(page: Page, exhibit: str) -> int:
    """How often an exhibit has drawn itself."""
    return int(page.locator(f".lab.{exhibit}").get_attribute("data-draws") or 0)


def wait_for_draws(page: Page, exhibit: str, more_than: int) -> None:
    page.locator(f".lab.{exhibit}").evaluate(
        "(host, n) => new Promise((done) => {"
        " const look = () => (Number(host.dataset.draws) > n ? done() : requestAnimationFrame(look)); look(); })",
        more_than,
    )


def pixels(canvas: Locator) -> np.ndarray:
    """RGB of a canvas, (H, W, 3)."""
    size, flat = canvas.evaluate(
        "c => [[c.height, c.width], [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]]"
    )
    return np.array(flat).reshape(*size, 4)[..., :3]


# The page Train while a run trains


def wait_until_running(page: Page) -> None:
    expect(page.get_by_role("progressbar", name="Whole run")).to_be_visible(timeout=150_000)
    expect(page.locator(".numbers dt").first).to_have_text("Loss", timeout=150_000)


def wait_for_another_loss(page: Page) -> None:
    loss = page.locator(".numbers dd").first
    expect(loss).not_to_have_text(loss.inner_text(), timeout=30_000)
