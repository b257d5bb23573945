"""The schedules side by side on Add noise: nothing is sent until it is opened, and every number is ddpm_core's."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ddpm_core.config import ScheduleConfig
from ddpm_core.schedule import NoiseSchedule
from pages.add_noise import exhibit as parts
from pages.add_noise import schedules
from tests.support.pages import control
from tests.support.plotly_figures import figures
from ui import theme
from ui.components.scrubber import ScrubberState
from ui.i18n import strings

Open = Callable[..., AppTest]
OPENED = {"schedules": "true"}


@pytest.fixture(autouse=True)
def hand(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Where the learner lets go of the scrubber, unless `t` is None."""
    seen = SimpleNamespace(t=None)

    def scrubber(*_: Any, t: int, view: Any, **__: Any) -> ScrubberState:
        return ScrubberState(t if seen.t is None else seen.t, view)

    monkeypatch.setattr(parts, "scrubber", scrubber)
    return seen


def lines(figure: dict[str, Any]) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if trace["mode"] == "lines"]


def wanted(config: ScheduleConfig) -> dict[str, NoiseSchedule]:
    """By its name on screen, every schedule that the figure shows beside the chosen one."""
    en = strings("en")
    each = {en[f"add_noise.schedule_{kind}"]: ScheduleConfig(kind, config.num_timesteps, beta_T=config.beta_T)
            for kind in ("linear", "cosine", "sigmoid", "quadratic")}  # fmt: skip
    rescaled = ScheduleConfig("linear", config.num_timesteps, beta_T=config.beta_T, zero_terminal_snr=True)
    each[en["add_noise.schedule_rescaled"].format(kind=en["add_noise.schedule_linear"])] = rescaled
    return {name: NoiseSchedule(one) for name, one in each.items()}


def test_a_closed_figure_sends_nothing(open_page: Open) -> None:
    page = open_page("add_noise")
    assert not page.exception
    assert figures(page) == []
    assert not [one for one in page.caption if "β" in one.value]


@pytest.mark.parametrize(
    ("link", "config"),
    [
        ({}, ScheduleConfig()),
        ({"schedule": "linear", "T": 50, "beta_T": 0.3}, ScheduleConfig("linear", 50, beta_T=0.3)),
    ],
)
def test_every_number_is_one_of_ddpm_core(open_page: Open, link: dict[str, Any], config: ScheduleConfig) -> None:
    page = open_page("add_noise", **OPENED, **link)
    assert not page.exception
    assert not page.error
    (figure,) = figures(page)
    drawn = {(trace["name"], trace["yaxis"]): trace for trace in lines(figure)}
    assert len(drawn) == 15
    for name, schedule in wanted(config).items():
        for panel, table in (("y", "alphas_cumprod"), ("y2", "log_snr"), ("y3", "sigma")):
            trace, values = drawn[name, panel], getattr(schedule, table)
            assert (trace["x0"], trace["dx"]) == (0, 1), "the t of a value is its index"
            expected = np.where(np.isfinite(values), values, np.nan)
            np.testing.assert_allclose(trace["y"], expected, rtol=1e-6)
    thick = {trace["name"] for trace in lines(figure) if trace["line"]["width"] > 3}
    assert thick == {strings("en")[f"add_noise.schedule_{config.kind}"]}


def test_t_is_where_the_hand_let_go(open_page: Open, hand: SimpleNamespace) -> None:
    page = open_page("add_noise", **OPENED)
    schedule = NoiseSchedule(ScheduleConfig())
    for t in (300, 712, 0, 1000):
        hand.t = t
        page.run()
        (figure,) = figures(page)
        assert {(line["x0"], line["x1"]) for line in figure["layout"]["shapes"]} == {(t, t)}
        dots = [trace for trace in figure["data"] if trace["mode"] == "markers"]
        assert [dot["x"] for dot in dots] == [[t]] * 3
        heights = [schedule.alphas_cumprod[t], schedule.log_snr[t] if t else None, schedule.sigma[t]]
        assert [dot["y"][0] for dot in dots] == pytest.approx(heights)
        assert f"t = {t}" in figure["alt"]


def test_sigma_has_a_log_axis_or_a_linear_one(open_page: Open) -> None:
    page = open_page("add_noise", **OPENED)
    assert figures(page)[0]["layout"]["yaxis3"]["type"] == "log"
    control(page.segmented_control, "scale").select("linear").run()
    (figure,) = figures(page)
    assert "type" not in figure["layout"]["yaxis3"]
    assert figure["layout"]["yaxis3"]["range"][1] == schedules.MOST_SIGMA
    assert f"ends at {schedules.MOST_SIGMA}" in figure["layout"]["annotations"][2]["text"]
    assert page.query_params["scale"] == "linear"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_speaks_the_visitors_language(open_page: Open, lang: str) -> None:
    words = strings(lang)
    page = open_page("add_noise", lang=lang, **OPENED, T=300)
    (figure,) = figures(page)
    assert figure["alt"] == words["add_noise.schedules_alt"].format(T=300, t=90)
    assert [note["text"] for note in figure["layout"]["annotations"]] == [
        words[f"add_noise.panel_{table}"] for table in ("alphas_cumprod", "log_snr", "sigma")
    ]
    assert words["add_noise.schedule_sigmoid"] in {trace["name"] for trace in lines(figure)}
    assert figure["config"]["locales"][lang]["dictionary"]["Zoom in"] == words["plotly.Zoom in"]
    caption = words["add_noise.schedules_caption"].format(T=300, beta_1="0.0001", beta_T="0.02")
    assert caption in [one.value for one in page.caption]


def test_curves_have_the_colours_of_no_idea_and_dashes_that_differ(open_page: Open) -> None:
    (figure,) = figures(open_page("add_noise", **OPENED))
    looks = {(trace["line"]["color"], trace["line"]["dash"]) for trace in lines(figure)}
    assert len(looks) == 5
    assert {colour for colour, _ in looks} == {colour.light for colour in theme.RUNS}


@pytest.mark.parametrize("beta_T", [0.001, 0.5])
@pytest.mark.parametrize("total", parts.TOTALS)
def test_no_choice_on_the_page_breaks_it(open_page: Open, total: str, beta_T: float) -> None:
    page = open_page("add_noise", **OPENED, schedule="linear", T=total, beta_T=beta_T)
    assert not page.error
    assert len(lines(figures(page)[0])) == 15
