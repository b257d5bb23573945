"""The pool: one computation per request, a cache, progress, cancel, and processes that may die."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from ddpm_core.config import SampleConfig
from jobs.paths import REPOSITORY
from jobs.pool import pool
from jobs.pool.cache import RequestFolder
from jobs.pool.tasks.trajectory import Start, Trajectory, TrajectoryRequest
from tests.support.processes import WaitFor, pool_processes

pytestmark = pytest.mark.usefixtures("end_pool")


def ask(run_path: str, steps: int = 4, pictures: int = 3, seed: int = 0) -> TrajectoryRequest:
    return TrajectoryRequest(run_path, (0, 2), SampleConfig(num_sampling_steps=steps, num_pictures=pictures, seed=seed))


def slow(run_path: str, seed: int = 0) -> TrajectoryRequest:
    """Enough work to be interrupted: many epochs of many pictures."""
    return TrajectoryRequest(run_path, (2,) * 40, SampleConfig(num_sampling_steps=50, num_pictures=60, seed=seed))


def folder_of(request: TrajectoryRequest) -> RequestFolder:
    return RequestFolder.of("sample_trajectory", request, make=False)


def cache_folders(runs_dir: Path) -> list[Path]:
    return list((runs_dir / "cache" / "requests" / "sample_trajectory").iterdir())


def test_a_trajectory_is_computed_once_and_then_read_from_disk(run_path: str, runs_dir: Path) -> None:
    first, second = pool.submit("sample_trajectory", ask(run_path)), pool.submit("sample_trajectory", ask(run_path))
    trajectory = first.result(timeout=60)
    assert (first.state, second.state, first.error, first.progress) == ("done", "done", "", (8, 8))
    assert trajectory.epochs == (0, 2)
    assert trajectory.timesteps.tolist() == [50, 38, 25, 12, 0]
    assert trajectory.labels.tolist() == [0, 1, 2]
    assert {kind: frames.shape for kind, frames in trajectory.frames.items()} == dict.fromkeys(
        ("xt", "x0_hat", "eps_hat"), (2, 5, 3, 16, 16, 3)
    )
    assert len(cache_folders(runs_dir)) == 1

    again = pool.submit("sample_trajectory", ask(run_path))
    assert again.state == "done", "at once"
    np.testing.assert_array_equal(again.result().frames["xt"], trajectory.frames["xt"])


def test_frames_are_what_the_sampler_yields(run_path: str) -> None:
    from ddpm_core.runs.checkpoint import load_model
    from ddpm_core.sampler import sample_pictures
    from ddpm_core.schedule import NoiseSchedule

    trajectory = pool.submit("sample_trajectory", ask(run_path)).result(timeout=60)
    model, header = load_model(Path(run_path) / "epoch-0002.safetensors")
    schedule = NoiseSchedule(header.config.schedule)
    steps = list(sample_pictures(model, schedule, "v", ask(run_path).sample, (16, 16)))

    def as_bytes(x: object) -> np.ndarray:
        values = np.asarray(x, np.float64).transpose(0, 2, 3, 1)
        return np.round((np.clip(values, -1, 1) + 1) * 127.5)

    for f, step in enumerate(steps):
        for kind, values in (("xt", step.xt), ("x0_hat", step.x0_hat), ("eps_hat", step.eps_hat / 3)):
            difference = trajectory.frames[kind][1, f].astype(int) - as_bytes(values)
            assert np.abs(difference).max() <= 1, (kind, f)
    np.testing.assert_array_equal(trajectory.frames["xt"][1, -1], trajectory.frames["x0_hat"][1, -2])
    np.testing.assert_array_equal(trajectory.frames["xt"][0, 0], trajectory.frames["xt"][1, 0], "the noise is the same")


def test_a_walk_may_begin_with_a_drawing(run_path: str) -> None:
    """SDEdit through the pool: the picture is part of the request, and so of its name."""
    drawing = np.full((16, 16, 3), 255, np.uint8)
    drawing[4:12, 4:12] = (200, 30, 60)
    asked = replace(ask(run_path), start=Start.of(drawing, 20))
    trajectory = pool.submit("sample_trajectory", asked).result(timeout=60)
    assert trajectory.timesteps.tolist() == [20, 15, 10, 5, 0]
    first = trajectory.frames["xt"][0, 0]
    assert all(np.corrcoef(noised.ravel(), drawing.ravel())[0, 1] > 0.4 for noised in first)
    assert len(np.unique(first, axis=0)) == len(first), "each picture has its own noise"
    other = drawing.copy()
    other[0, 0] = 0
    starts = (None, asked.start, Start.of(drawing, 21), Start.of(other, 20))
    assert len({folder_of(replace(asked, start=start)).path for start in starts}) == 4
    wrong = pool.submit("sample_trajectory", replace(asked, start=Start.of(np.zeros((28, 28, 1), np.uint8), 20)))
    with pytest.raises(ValueError, match=r"start's shape is \(1, 28, 28\); allowed: \(3, 16, 16\)"):
        wrong.result(timeout=60)


def test_another_request_or_another_checkpoint_is_another_result(run_path: str) -> None:
    before = folder_of(ask(run_path)).path
    assert folder_of(ask(run_path)).path == before
    assert folder_of(ask(run_path, seed=1)).path != before
    checkpoint = Path(run_path) / "epoch-0002.safetensors"
    status = checkpoint.stat()
    os.utime(checkpoint, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))
    assert folder_of(ask(run_path)).path != before


def test_progress_then_cancel_between_two_steps(run_path: str, wait_for: WaitFor, runs_dir: Path) -> None:
    request = pool.submit("sample_trajectory", slow(run_path))
    wait_for(lambda: 0 < request.progress[0] < request.progress[1])
    before = request.progress
    wait_for(lambda: request.progress > before)
    assert request.progress[1] == 2000
    request.cancel()
    assert request.state == "cancelled"
    with pytest.raises(pool.CancelledError):
        request.result()
    (folder,) = cache_folders(runs_dir)
    left = {"request.json", "progress.json", "lock"}
    wait_for(lambda: {path.name for path in folder.iterdir()} == left, 5)
    # The pool is free again at once.
    assert pool.submit("sample_trajectory", ask(run_path)).result(timeout=20).epochs == (0, 2)


def test_who_cancels_does_not_take_it_from_another_who_waits(run_path: str, wait_for: WaitFor) -> None:
    mine, yours = (
        pool.submit("sample_trajectory", slow(run_path, 1)),
        pool.submit("sample_trajectory", slow(run_path, 1)),
    )
    wait_for(lambda: mine.progress[0] > 0)
    mine.cancel()
    before = yours.progress
    wait_for(lambda: yours.progress > before)
    assert (mine.state, yours.state) == ("cancelled", "running")
    yours.cancel()
    wait_for(lambda: not list(folder_of(slow(run_path, 1)).path.glob("cancel-*")), 5)
    later = pool.submit("sample_trajectory", slow(run_path, 1))
    assert later.state == "running"
    wait_for(lambda: later.progress[0] > 0)
    later.cancel()


def test_a_killed_process_fails_its_request_but_not_the_next_in_the_queue(run_path: str, wait_for: WaitFor) -> None:
    struck = pool.submit("sample_trajectory", slow(run_path, 2))
    bystanders = [pool.submit("sample_trajectory", ask(run_path, seed=seed)) for seed in (100, 101)]
    wait_for(lambda: struck.progress[0] > 0)
    for process in pool_processes():
        process.kill()
    wait_for(lambda: struck.state == "failed", 10)
    assert struck.error.startswith("The process that computed this was ended from outside.")
    with pytest.raises(ValueError, match="ended from outside"):
        struck.result()
    for request in bystanders:
        assert request.result(timeout=60).epochs == (0, 2)
    assert pool.submit("sample_trajectory", ask(run_path, seed=102)).result(timeout=60).epochs == (0, 2)


def test_what_cannot_be_computed_says_why(run_path: str, runs_dir: Path) -> None:
    with pytest.raises(ValueError, match="task is 'paint'; allowed: score_epoch, sample_trajectory"):
        pool.submit("paint", ask(run_path))
    with pytest.raises(ValueError, match=r"epoch is 7; tiny has checkpoints of these epochs: 0, 1, 2"):
        pool.submit("sample_trajectory", TrajectoryRequest(run_path, (7,)))
    with pytest.raises(ValueError, match="no run folder"):
        pool.submit("sample_trajectory", TrajectoryRequest(str(runs_dir), (0,)))
    with pytest.raises(ValueError, match="epochs is"):
        TrajectoryRequest(run_path, ())
    asked = pool.submit("sample_trajectory", ask(run_path, steps=51))
    with pytest.raises(ValueError, match="num_sampling_steps is 51; allowed: 1 to T = 50"):
        asked.result(timeout=60)
    assert asked.state == "failed"
    assert "Traceback" in folder_of(ask(run_path, steps=51)).error.read_text()
    too_much = pool.submit("sample_trajectory", ask(run_path, steps=50, pictures=10_000))
    with pytest.raises(ValueError, match="ask for fewer epochs, steps or pictures"):
        too_much.result(timeout=60)


def test_a_damaged_result_is_named_removed_and_computed_again(run_path: str) -> None:
    pool.submit("sample_trajectory", ask(run_path)).result(timeout=60)
    file = folder_of(ask(run_path)).result
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"result\.npz is damaged.*ask again"):
        pool.submit("sample_trajectory", ask(run_path)).result()
    assert pool.submit("sample_trajectory", ask(run_path)).result(timeout=60).epochs == (0, 2)


def test_the_server_needs_no_torch_and_a_killed_one_leaves_no_process(
    run_path: str, runs_dir: Path, wait_for: WaitFor
) -> None:
    script = (
        "import sys, threading, time\n"
        "from ddpm_core.config import SampleConfig\n"
        "import jobs.lifespan, jobs.store.store, jobs.training.supervisor\n"
        "from jobs.pool import pool\n"
        "from jobs.pool.tasks.trajectory import TrajectoryRequest\n"
        "def ask(steps, epochs):\n"
        "    config = SampleConfig(num_sampling_steps=steps, num_pictures=60)\n"
        f"    return pool.submit('sample_trajectory', TrajectoryRequest({run_path!r}, epochs, config))\n"
        "done = []\n"
        "thread = threading.Thread(target=lambda: done.append(ask(4, (0,))))\n"
        "thread.start(); thread.join()\n"  # a page's thread ends before its request does
        "frames = done[0].result().frames\n"
        "assert frames['xt'].shape == (1, 5, 60, 16, 16, 3)\n"
        "print('torch' in sys.modules, flush=True)\n"
        "ask(50, (2,) * 40); time.sleep(1000)\n"
    )
    server = subprocess.Popen([sys.executable, "-c", script], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == "False\n"
        time.sleep(0.5)
        children = psutil.Process(server.pid).children(recursive=True)
        assert any("loky" in " ".join(child.cmdline()) for child in children)
    finally:
        server.kill()
        server.wait(10)
    wait_for(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children), 6)


def test_two_servers_on_one_cache_compute_once(run_path: str, runs_dir: Path, wait_for: WaitFor) -> None:
    pool.submit("sample_trajectory", ask(run_path, seed=200)).result(timeout=60)
    folder = folder_of(ask(run_path, seed=200))
    folder.result.unlink()
    with folder.lock():  # as a process of another server holds it while it computes
        waiting = pool.submit("sample_trajectory", ask(run_path, seed=200))
        time.sleep(1)
        assert waiting.state == "running"
        empty = {kind: np.zeros((1, 1, 1, 1, 1, 3), np.uint8) for kind in ("xt", "x0_hat", "eps_hat")}
        Trajectory((9,), np.zeros(1, np.int64), np.zeros(1, np.int64), empty).save(folder.result)
    assert waiting.result(timeout=20).epochs == (9,)


def test_each_kind_of_thing_in_the_cache_goes_by_its_own_rules(run_path: str, runs_dir: Path) -> None:
    """A classifier, half a minute of training, stays; a request of an earlier layout, which nobody finds, goes."""
    old, in_use = (runs_dir / "cache" / (digit * 32) for digit in "0f")
    classifier = runs_dir / "cache" / "classifiers" / "sprites.safetensors"
    files = [classifier, old / "result.npz", in_use / "result.npz"]
    for file in files:
        file.parent.mkdir(parents=True)
        file.touch()
    for path in (classifier, classifier.parent, old / "result.npz", old):
        os.utime(path, (time.time() - 7200,) * 2)
    pool.submit("sample_trajectory", ask(run_path, seed=12)).result(60)
    assert [file.exists() for file in files] == [True, False, True]


def test_a_result_is_looked_up_without_asking_for_it(run_path: str, runs_dir: Path) -> None:
    request = ask(run_path, steps=2, seed=11)
    assert pool.look_up("sample_trajectory", request) is None
    assert not (runs_dir / "cache").exists()
    asked = pool.submit("sample_trajectory", request)
    np.testing.assert_equal(asked.result(60).frames, pool.look_up("sample_trajectory", request).frames)
    folder_of(request).result.write_bytes(b"damaged")
    assert pool.look_up("sample_trajectory", request) is None
