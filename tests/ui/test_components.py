"""The browser exhibits, Python's side: what is sent, where the learner stands (the rest: browser/test_exhibits.py)."""

from __future__ import annotations

import asyncio
import itertools
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from starlette.requests import Request
from starlette.responses import Response

from ddpm_core.config import ScheduleConfig
from ddpm_core.schedule import NoiseSchedule
from tests.support.colours import contrast
from tests.support.exhibits import add_noise_arguments, play_arguments, sent_by, unpack
from ui import theme
from ui.components import HERE, MODULES, VERSION, module, position, script
from ui.components import player as player_module
from ui.components import scrubber as scrubber_module
from ui.components.blob import pack
from ui.components.player import player
from ui.components.scrubber import SIGMA_POSITIONS, scrubber, sigma_positions

# The blob


def test_a_blob_brings_every_array_back_aligned() -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "odd": rng.integers(0, 256, (3, 5, 7), dtype=np.uint8),
        "floats": rng.standard_normal((4, 3)).astype(np.float32),
        "strided": np.arange(20, dtype=np.uint16)[::2],
        "none": np.zeros((0, 2), np.int32),
    }
    header, back = unpack(pack({"word": "ᾱ 噪声"}, arrays))
    assert header["word"] == "ᾱ 噪声"
    assert all(entry["offset"] % 4 == 0 for entry in header["arrays"].values())
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)


def test_the_digest_tells_blobs_apart() -> None:
    def digest(word: str, value: int) -> str:
        return str(unpack(pack({"word": word}, {"x": np.array([value], np.uint8)}))[0]["digest"])

    assert digest("a", 1) == digest("a", 1)
    assert len({digest("a", 1), digest("b", 1), digest("a", 2)}) == 3


def test_a_blob_refuses_what_javascript_cannot_read() -> None:
    with pytest.raises(ValueError, match="float64; allowed: uint8"):
        pack({}, {"x": np.zeros(2)})


# The sigma slider


@pytest.mark.parametrize("kind", ["linear", "cosine", "sigmoid", "quadratic"])
def test_sigma_snaps_to_the_nearest_t_of_the_schedule(kind: Any) -> None:
    for case in itertools.product([1, 7, 1000], [False, True]):
        num_timesteps, zero_terminal_snr = case
        schedule = NoiseSchedule(ScheduleConfig(kind, num_timesteps, zero_terminal_snr=zero_terminal_snr))
        values, nearest, place = sigma_positions(schedule.sigma)
        assert values[0] == nearest[0] == place[0] == 0, case
        assert len(values) == SIGMA_POSITIONS + 1, case
        assert [schedule.nearest_t(value) for value in values] == nearest.tolist(), case
        assert np.all(np.diff(place) >= 0), case
        assert place[-1] == 1, case


def test_sigma_one_half_is_t_259_of_the_linear_schedule() -> None:
    sigma = NoiseSchedule(ScheduleConfig("linear")).sigma
    values, nearest, place = sigma_positions(sigma)
    assert nearest[np.abs(values - 0.5).argmin()] == pytest.approx(259, abs=5)  # a position is 4 % wide
    np.testing.assert_allclose(values[round(place[259] * SIGMA_POSITIONS)], sigma[259], rtol=0.03)


# Where the learner stands


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    state: dict[str, Any] = {}
    monkeypatch.setattr(position, "st", SimpleNamespace(session_state=state))
    return state


def release(session: dict[str, Any], sent: position.Position, **place: Any) -> None:
    session["x"] = {"position": {**sent, **place}}


def test_reruns_send_the_same_start_and_keep_the_released_place(session: dict[str, Any]) -> None:
    sent = position.start("x", {"t": 430})
    release(session, sent, t=800)
    assert position.start("x", {"t": 430}) == sent
    assert position.current("x")["t"] == 800


def test_a_page_that_echoes_the_release_a_run_late_moves_nobody(session: dict[str, Any]) -> None:
    sent = position.start("x", {"t": 430})
    for before, now in [(430, 800), (800, 600), (600, 20)]:
        release(session, sent, t=now)
        assert position.start("x", {"t": before}) == sent
        assert position.current("x")["t"] == now


def test_a_link_or_the_back_button_moves_the_learner(session: dict[str, Any]) -> None:
    sent = position.start("x", {"t": 430})
    release(session, sent, t=800)
    position.start("x", {"t": 430})
    moved = position.start("x", {"t": 259})
    assert moved["t"] == 259
    assert moved["seq"] > sent["seq"]
    assert position.current("x")["t"] == 259, "the release of before the move is out of date"


def test_who_comes_back_to_the_page_finds_the_exhibit_as_they_left_it(session: dict[str, Any]) -> None:
    sent = position.start("x", {"t": 430})
    release(session, sent, t=800)
    position.start("x", {"t": 430})
    del session["x"]  # another page: Streamlit forgets the state of what is not drawn
    back = position.start("x", {"t": 430})
    assert back["t"] == 800
    assert back["seq"] > sent["seq"]


# What the page gets


def test_the_scrubber_sends_the_core_s_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    given = add_noise_arguments()
    blob, state = sent_by(monkeypatch, scrubber_module, scrubber, **given, t=430)
    assert (state.t, state.view) == (430, "xt")
    _, arrays = unpack(blob)
    np.testing.assert_allclose(arrays["alphas_cumprod"], given["tables"]["alphas_cumprod"], rtol=1e-6)
    np.testing.assert_allclose(arrays["two_sigma"], 2 * given["tables"]["sigma"], rtol=1e-6)
    np.testing.assert_allclose(arrays["x0"], given["x0"] / 127.5 - 1, atol=1e-6)
    assert arrays["snr"][0] == np.inf


def test_a_t_beyond_a_shorter_schedule_becomes_its_last(monkeypatch: pytest.MonkeyPatch) -> None:
    _, state = sent_by(monkeypatch, scrubber_module, scrubber, **add_noise_arguments(num_timesteps=50), t=430)
    assert state.t == 50


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x0": np.zeros((6, 5, 3))}, "x0 is float64"),
        ({"eps": np.zeros((6, 5, 1), np.float32)}, "allowed: that of x0"),
        ({"view": "x0"}, "allowed: xt, denoised_scale"),
        ({"tables": {name: np.ones(1) for name in scrubber_module.TABLES}}, "T at least 1"),
    ],
)
def test_the_scrubber_says_what_does_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scrubber(**{**add_noise_arguments(), "t": 1, **change})


def test_the_player_starts_at_the_finished_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    _, state = sent_by(monkeypatch, player_module, player, **play_arguments())
    assert (state.epoch, state.t, state.kind) == (32, 0, "xt")


def test_the_player_starts_at_the_nearest_step_and_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    _, state = sent_by(monkeypatch, player_module, player, **play_arguments(), t=590, epoch=6, kind="x0_hat")
    assert (state.epoch, state.t, state.kind) == (5, 600, "x0_hat")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "film"}, "allowed: hero, pictures, epochs"),
        ({"frames": {"x0_hat": np.zeros((3, 6, 4, 4, 5, 3), np.uint8)}}, "allowed: xt, and perhaps"),
        ({"captions": ["cat"]}, r"\(E, F, N\) = \(3, 6, 1\)"),
        ({"frames": {"xt": np.zeros((3, 6, 4, 4, 5, 3))}}, "is float64"),
    ],
)
def test_the_player_says_what_does_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        player(**play_arguments(**change))


# The modules


def fetched(name: str, version: str = VERSION) -> Response:
    return asyncio.run(module(Request({"type": "http", "path_params": {"name": name, "version": version}})))


@pytest.mark.parametrize("name", MODULES)
def test_a_module_and_all_it_imports_are_served_as_one_version(name: str) -> None:
    answer = fetched(name)
    assert (answer.status_code, answer.media_type) == (200, "text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]
    assert bytes(answer.body) == (HERE / name).read_bytes()
    for imported in re.findall(r'^import .* from "(.*)";$', (HERE / name).read_text(encoding="utf-8"), re.MULTILINE):
        assert imported.startswith(".")
        assert ((HERE / name).parent / imported).resolve().relative_to(HERE).as_posix() in MODULES


@pytest.mark.parametrize(
    ("name", "version"),
    [("mount.js", "0" * 16), *((name, VERSION) for name in ("player/player.css", "__init__.py", "../shell.py", ""))],
)
def test_nothing_else_is_served_and_no_refusal_is_kept(name: str, version: str) -> None:
    answer = fetched(name, version)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", sorted(HERE.glob("*/__init__.py")), ids=lambda path: path.parent.name)
def test_an_exhibit_s_script_names_a_module_of_this_version(path: Path) -> None:
    (name,) = re.findall(r'script\("(.+?)"\)', path.read_text(encoding="utf-8"))
    assert name in MODULES
    assert f"exhibits/{VERSION}/{name}" in script(name)


# The house


@pytest.mark.parametrize("idea", theme.COLOURS)
def test_colours_are_legible_on_both_themes(idea: str) -> None:
    colour = theme.COLOURS[idea]
    assert min(contrast(colour.light, ground) for ground in ("#ffffff", "#fdfcf8", "#f3f0e7")) >= 4.5
    assert min(contrast(colour.dark, ground) for ground in ("#0e1117", "#17161c", "#24222c")) >= 4.5


def test_scripts_take_no_html() -> None:
    words = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createContextualFragment")
    found = [f"{path.name}: {word}" for path in HERE.rglob("*.js") for word in words if word in path.read_text("utf-8")]
    assert not found, "\n".join(found)
