"""The home page without a browser: the shipped frames, what is said of them, and the ways on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ddpm_core.runs.folder import RunFolder
from jobs.paths import checkpoints_dir
from jobs.pool.tasks.trajectory import KINDS, TrajectoryRequest
from pages.generate import request
from pages.home import exhibit
from ui.i18n import strings
from ui.runs import shipped_frames

Open = Callable[..., AppTest]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_hero_says_truthfully_where_it_comes_from(
    open_page: Open, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(exhibit, "player", lambda shown, *_args, **more: seen.update(more, frames=shown))
    page = open_page("home", lang)
    assert not page.exception
    assert not page.error
    run = RunFolder(checkpoints_dir() / "sprites")
    name = strings(lang)["train.preset_sprites"]
    words = {"run": name, "epoch": run.config.num_epochs, "steps": 50, "guidance": 2, "seed": exhibit.HERO.seed}
    assert page.caption[0].value == strings(lang)["home.provenance"].format(**words)
    assert seen["mode"] == "hero"
    assert seen["frames"]["xt"].shape[2] == exhibit.HERO.num_pictures


def test_three_ways_on_in_the_order_of_the_story(open_page: Open) -> None:
    page = open_page("home")
    links = [link.proto.label for link in page.get("page_link")]
    assert links == [strings("en")[f"home.to_{name}"] for name in exhibit.STORY]
    pictures = [html.proto.body for html in page.get("html") if "<img" in str(html.proto.body)]
    assert len(pictures) == 3


def test_missing_frames_leave_a_message_and_the_rest(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped_frames, "frames_dir", lambda: tmp_path)
    page = open_page("home")
    assert not page.exception
    assert "python -m scripts.make_frames" in page.error[0].value
    assert page.title


@pytest.mark.parametrize(("name", "sample"), [("home", exhibit.HERO), ("generate", request.default_sample())])
def test_shipped_frames_are_of_the_shipped_weights(name: str, sample: Any) -> None:
    """Whoever trains the shipped run anew makes the frames anew: python -m scripts.make_frames."""
    run = RunFolder(checkpoints_dir() / "sprites")
    shipped = shipped_frames.load(name)
    assert shipped.sample == sample
    epochs = run.epochs if name == "generate" else run.epochs[-1:]
    assert shipped.epochs == epochs
    answer = shipped.answer(TrajectoryRequest(str(run.path), epochs, sample))
    assert answer is not None
    for kind in KINDS:
        assert answer.frames[kind].shape == (len(epochs), 51, sample.num_pictures, 16, 16, 3)
    finished = answer.frames["xt"][:, -1]
    np.testing.assert_array_equal(finished, answer.frames["x0_hat"][:, -1])
    assert answer.timesteps[0] == run.config.schedule.num_timesteps
    assert answer.timesteps[-1] == 0
