"""Drawing without a browser: what the editor is sent and believes, what the session keeps, and where a drawing goes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from ddpm_core.data.own.datasets import own_datasets
from ddpm_core.data.own.files import load_own
from pages.add_noise import exhibit as add_noise
from tests.support.exhibits import blobs_of, sent_by, unpack
from tests.support.pages import button, control, en
from ui.components import editor as editor_module
from ui.components.editor import GROUND, PALETTES, editor
from ui.components.scrubber import ScrubberState
from ui.drawing import papers

Open = Callable[..., AppTest]
SHAPES = [papers.COLOUR.shape, papers.GREY.shape]


pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture(autouse=True)
def typed_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest knows nothing of options that are typed; a browser sends their words as it sends the others'."""

    def state(self: Selectbox[Any]) -> WidgetState:
        words = None if self.value is None else self.format_func(self.value)
        return WidgetState(id=self.id, string_value=words)

    monkeypatch.setattr(Selectbox, "_widget_state", property(state))


def picture(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def text(pixels: np.ndarray) -> str:
    return base64.b64encode(pixels.tobytes()).decode()


# The editor


@pytest.mark.parametrize("shape", SHAPES)
def test_the_editor_is_sent_the_picture_and_colours_with_names(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...]
) -> None:
    given = picture(shape)
    blob, drawn = sent_by(monkeypatch, editor_module, editor, picture=given)
    header, arrays = unpack(blob)
    assert header["start"]["pixels"] == text(given)
    assert header["ground"] == GROUND[shape[2]]
    assert arrays["palette"].shape == (len(PALETTES[shape[2]]), shape[2])
    assert len(header["names"]) == len(arrays["palette"]) == len({tuple(colour) for colour in arrays["palette"]})
    np.testing.assert_array_equal(drawn, given)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_released_drawing_comes_back_and_moves_nobody(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...]
) -> None:
    state: dict[str, Any] = {}
    sent = blobs_of(monkeypatch, editor_module, state)
    first, drawn = picture(shape), picture(shape, 1)
    editor(first)
    state["editor"] = {"position": {"pixels": text(drawn), "seq": 1}}
    np.testing.assert_array_equal(editor(first), drawn)
    np.testing.assert_array_equal(editor(drawn), drawn)
    assert sent[0] == sent[1] == sent[2], "an echo sends nothing anew"
    other = picture(shape, 2)
    np.testing.assert_array_equal(editor(other), other)
    assert unpack(sent[3])[0]["start"] == {"pixels": text(other), "seq": 2}


@pytest.mark.parametrize(
    "sent", [None, 7, "", "no base64!", "AAAA", base64.b64encode(bytes(16 * 16 * 3 + 1)).decode(), ["AAAA"], {"a": 1}]
)
def test_what_is_no_such_picture_is_not_believed(monkeypatch: pytest.MonkeyPatch, sent: Any) -> None:
    state: dict[str, Any] = {}
    blobs = blobs_of(monkeypatch, editor_module, state)
    given = picture(papers.COLOUR.shape)
    editor(given)
    state["editor"] = {"position": {"pixels": sent, "seq": 1}}
    np.testing.assert_array_equal(editor(given), given)
    del state["editor"]  # and nobody who comes back to the page is sent it
    np.testing.assert_array_equal(editor(given), given)
    assert unpack(blobs[-1])[0]["start"]["pixels"] == text(given)


@pytest.mark.parametrize("bad", [np.zeros((16, 16, 3)), np.zeros((16, 16), np.uint8), np.zeros((4, 4, 2), np.uint8)])
def test_the_editor_says_what_it_cannot_draw_on(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"allowed: uint8 \(H, W, C\) with C 1 or 3"):
        editor(bad)


# The session


def test_one_drawing_of_each_size_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "st", SimpleNamespace(session_state={}))
    assert papers.kept(papers.COLOUR) is None
    papers.keep(papers.COLOUR, papers.COLOUR.blank())
    assert papers.kept(papers.COLOUR) is None, "blank paper is no drawing"
    for paper in (papers.COLOUR, papers.GREY):
        drawn = picture(paper.shape)
        papers.keep(paper, drawn)
        drawn[:] = 0
        np.testing.assert_array_equal(papers.kept(paper), picture(paper.shape))
        assert papers.paper_for(paper.shape) == paper
    assert papers.paper_for((32, 32, 3)) is None
    with pytest.raises(ValueError, match=r"the drawing is uint8 \(28, 28, 1\); allowed: uint8 \(16, 16, 3\)"):
        papers.keep(papers.COLOUR, picture(papers.GREY.shape))
    with pytest.raises(ValueError, match="the drawing is float64"):
        papers.keep(papers.GREY, np.zeros(papers.GREY.shape))


# Add noise


@pytest.fixture
def noised(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the page Add noise handed to the scrubber last."""
    seen = SimpleNamespace()

    def scrubber(x0: np.ndarray, eps: np.ndarray, tables: Any, *, t: int, view: Any, **_: Any) -> ScrubberState:
        vars(seen).update(x0=x0, eps=eps)
        return ScrubberState(t, view)

    monkeypatch.setattr(add_noise, "scrubber", scrubber)
    return seen


def test_a_drawing_is_noised_like_any_picture(open_page: Open, noised: SimpleNamespace) -> None:
    page = open_page("add_noise")
    before = noised.x0
    control(page.selectbox, "dataset").set_value("drawing").run()
    assert not page.exception
    np.testing.assert_array_equal(noised.x0, before)
    assert button(page, "drawing.start")
    page.session_state["drawing_colour"] = picture(papers.COLOUR.shape)
    page.run()
    np.testing.assert_array_equal(noised.x0, picture(papers.COLOUR.shape))
    assert button(page, "drawing.edit")
    on = next(link.proto for link in page.get("page_link") if link.proto.page == "generate")
    assert (on.label, "start=drawing" in on.query_string) == (en("drawing.denoise", t=300), True)
    page.session_state["drawing_grey"] = picture(papers.GREY.shape)
    control(page.segmented_control, "paper").set_value("grey").run()
    np.testing.assert_array_equal(noised.x0, picture(papers.GREY.shape))
    assert noised.eps.shape == papers.GREY.shape
    assert "paper=grey" in "&".join(f"{k}={v[0] if isinstance(v, list) else v}" for k, v in page.query_params.items())


def test_the_dialog_opens_offers_examples_and_closes(open_page: Open, noised: SimpleNamespace) -> None:
    page = open_page("add_noise", dataset="drawing")
    button(page, "drawing.start").click().run()
    button(page, "drawing.example_colour").click().run()
    drawn = page.session_state["drawing_colour"]
    assert (drawn.shape, drawn.dtype) == (papers.COLOUR.shape, np.uint8)
    button(page, "drawing.example_colour").click().run()
    assert not np.array_equal(page.session_state["drawing_colour"], drawn)
    button(page, "drawing.done").click().run()
    assert en("drawing.done") not in [found.label for found in page.button]
    np.testing.assert_array_equal(noised.x0, page.session_state["drawing_colour"])
    assert not page.exception


# A dataset of one's own


def choose(page: AppTest, key: str, value: str) -> AppTest:
    box = next(found for found in page.selectbox if found.key == key)
    return box.set_value(value).run()


def add(page: AppTest, drawn: np.ndarray) -> AppTest:
    page.session_state["drawing_colour" if drawn.shape[2] == 3 else "drawing_grey"] = drawn
    page.run()
    return button(page, "drawing.add").click().run()


def test_drawings_make_a_dataset_and_the_last_can_be_taken_back(open_page: Open) -> None:
    page = open_page("data", add="draw")
    assert not page.exception
    assert button(page, "drawing.add").disabled
    choose(page, "drawing_class_my-sprites", "fish")
    add(page, picture(papers.COLOUR.shape))
    assert not page.error
    assert own_datasets()["my-sprites"].class_names == ("fish",)
    assert button(page, "drawing.add").disabled, "the same drawing twice in a row is a slip"
    choose(page, "drawing_class_my-sprites", "boat")
    add(page, picture(papers.COLOUR.shape, 1))
    both = load_own("my-sprites")
    assert (both.labels.tolist(), both.info.class_names) == ([0, 1], ("fish", "boat"))
    assert any(link.proto.page == "train" for link in page.get("page_link"))
    button(page, "drawing.take_back").click().run()
    left = load_own("my-sprites")
    assert (left.labels.tolist(), left.info.class_names) == ([0], ("fish",))
    np.testing.assert_array_equal(left.images[0], picture(papers.COLOUR.shape))
    button(page, "drawing.take_back").click().run()
    assert own_datasets() == {}
    assert not page.exception


def test_nobody_takes_back_what_another_has_drawn(open_page: Open) -> None:
    page = open_page("data", add="draw")
    add(page, picture(papers.COLOUR.shape))
    other = open_page("data", add="draw")
    assert en("drawing.take_back") not in [found.label for found in other.button]
    add(other, picture(papers.COLOUR.shape, 1))
    page.run()
    assert en("drawing.take_back") not in [found.label for found in page.button]
    assert len(load_own("my-sprites").images) == 2


def test_a_name_or_class_that_does_not_fit_is_explained_in_place(open_page: Open) -> None:
    page = open_page("data", add="draw")
    choose(page, "drawing_into_colour", "../elsewhere")
    add(page, picture(papers.COLOUR.shape))
    assert "'../elsewhere'; allowed: 1 to 40 letters" in page.error[0].value
    choose(page, "drawing_into_colour", "mine")
    choose(page, "drawing_class_mine", "fish")
    add(page, picture(papers.COLOUR.shape))
    assert not page.error
    choose(page, "drawing_class_mine", None)  # type: ignore[arg-type]
    add(page, picture(papers.COLOUR.shape, 1))
    assert "every picture of mine has one" in page.error[0].value
    assert len(load_own("mine").images) == 1
