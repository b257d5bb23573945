"""How much slower pages answer while a run trains: p50 and p95 of a rerun, idle and beside training on all cores.

    python -m benchmarks.rerun_latency [--reruns 150] [--pages train add_noise]

Starts an app of its own on a temporary runs folder and speaks to it as a browser does, over its websocket, but draws
nothing, so that what is timed is the server: from the message that asks for a rerun to the one that says it is done.
Measured idle, training and idle again, in one go; the ratio of the p95s is what counts (at most 1.5).
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from benchmarks.report import machine, publish, table
from ddpm_core.runs.presets import PRESETS
from jobs.store.store import Store

ROOT = Path(__file__).resolve().parent.parent
PAUSE = 0.1
"""Seconds between two reruns: a visitor who is quick with the mouse."""
LIMIT = 1.5


@contextmanager
def app(runs_dir: Path) -> Iterator[str]:
    """The app on a free port; yields its host and port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", host.partition(":")[2]]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "DDPM_RUNS_DIR": str(runs_dir)}, **quiet)  # type: ignore[call-overload]
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://{host}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield host
    finally:
        server.terminate()
        server.wait(timeout=20)


def rerun(client: ClientConnection, page: str, query: str) -> float:
    """Ask for a rerun of a page; milliseconds until it is done."""
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.query_string = query
    began = time.perf_counter()
    client.send(message.SerializeToString())
    while True:
        answer = ForwardMsg.FromString(client.recv(timeout=60))
        if answer.WhichOneof("type") == "script_finished":
            return 1000 * (time.perf_counter() - began)


def measure(host: str, page: str, reruns: int, query: str) -> list[float]:
    """Milliseconds of each rerun, after ten that warm the page up."""
    times = []
    with connect(f"ws://{host}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as client:  # type: ignore[list-item]
        for number in range(-10, reruns):
            taken = rerun(client, page, query)
            if number >= 0:
                times.append(taken)
            time.sleep(PAUSE)
    return times


@contextmanager
def training(store: Store) -> Iterator[str]:
    """A run that trains on all cores for as long as the block lasts."""
    run_id = store.enqueue(replace(PRESETS["sprites"], num_threads=0, device="cpu"))
    wait_for(lambda: store.run(run_id).pictures_per_second > 0)
    try:
        yield run_id
    finally:
        store.request_stop(run_id)
        wait_for(lambda: not store.run(run_id).active)


def wait_for(condition: Callable[[], object], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came of it within {seconds:.0f} s")
        time.sleep(0.2)


def percentiles(times: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[94]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reruns", type=int, default=150, help="reruns per page and state")
    parser.add_argument("--pages", nargs="+", default=["train", "add_noise", "generate"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, app(Path(folder)) as host:
        store = Store(Path(folder))
        # The page Train shows one and the same ended run in every state.
        ended = store.enqueue(PRESETS["sprites_quick"])
        store.request_stop(ended)

        def measure_all() -> dict[str, list[float]]:
            return {
                name: measure(host, name, chosen.reruns, f"run={ended}" * (name == "train")) for name in chosen.pages
            }

        before = measure_all()
        with training(store) as run_id:
            began, step = time.perf_counter(), store.run(run_id).step
            beside = measure_all()
            record = store.run(run_id)
            speed = (record.step - step) * record.config.batch_size / (time.perf_counter() - began)
        after = measure_all()
    rows = []
    for page in chosen.pages:
        idle, busy = percentiles(before[page] + after[page]), percentiles(beside[page])
        ratios = [b / i for i, b in zip(idle, busy, strict=True)]
        rows.append((page, *(f"{time:.1f}" for time in (*idle, *busy)), *(f"{ratio:.2f}" for ratio in ratios)))
    head = ("page", "idle p50", "idle p95", "training p50", "training p95", "ratio p50", "ratio p95")
    publish(
        "Pages while a run trains",
        "`python -m benchmarks.rerun_latency`: milliseconds for one rerun of a page over the websocket, idle and while "
        f"`sprites` trains on all cores. At most {LIMIT} × at p95 is the aim.\n\n"
        f"{machine()}, training at {speed:.0f} pictures/s beside, {chosen.reruns} reruns each:\n\n{table(head, rows)}",
    )


if __name__ == "__main__":
    main()
