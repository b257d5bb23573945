"""The figure of quality: runs keep their colours, real pictures their own line, and names stay text."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.support.plotly_figures import figures
from ui import theme


def chart() -> None:
    from ui.figures.quality import Scored, quality_chart

    rows = [Scored(step, step // 100, 1.5, value, 0.2, 1000) for step, value in ((900, 0.5), (100, 3.0))]
    other = [Scored(300, 3, 4.0, 2.0, 0.4, 300)]
    quality_chart({"A · <img src=x>": rows, "B": [], "C": other}, share=False, key="one", alt="How far")


def drawn() -> dict[str, Any]:
    (figure,) = figures(AppTest.from_function(chart, default_timeout=60).run())
    return figure


def test_a_run_without_scores_keeps_its_colour_to_itself() -> None:
    lines = [trace for trace in drawn()["data"] if "name" in trace]
    assert [(line["name"], line["line"]["color"]) for line in lines] == [
        (name, colour.light) for name, colour in zip(("A · <img src=x>", "B", "C"), theme.RUNS, strict=False)
    ]
    assert len({line["line"]["dash"] for line in lines}) == 3


def test_epochs_come_in_order_and_tell_all_that_was_measured() -> None:
    line = next(trace for trace in drawn()["data"] if "name" in trace)
    assert (list(line["x"]), list(line["y"])) == ([100, 900], [3.0, 0.5])
    assert list(line["customdata"][0]) == [100, 1, 1.5, 3.0, 0.2, 1000, "<b>A · &lt;img src=x&gt;</b>"]
    assert "<img" not in line["hovertemplate"]


def test_what_real_pictures_score_is_a_line_for_each_number() -> None:
    floors = [trace for trace in drawn()["data"] if "name" not in trace]
    assert [(list(floor["x"]), list(floor["y"])) for floor in floors] == [([0, 900], [0.2] * 2), ([0, 900], [0.4] * 2)]
    assert all(floor["hoverinfo"] == "skip" for floor in floors)


def test_the_wheel_scrolls_the_page() -> None:
    assert drawn()["config"]["scrollZoom"] is False
