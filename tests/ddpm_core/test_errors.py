"""A Message is its English sentence, and keeps what it is made of: through errors, processes and files."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import pytest

from ddpm_core.errors import ENGLISH, Message, dumps, loads, mapped, require, require_between, text_of


def same(one: str, other: str) -> bool:
    """Equal in name and values too."""
    if not isinstance(one, Message) or not isinstance(other, Message):
        return type(one) is type(other) and one == other
    pairs = [(one.values[key], other.values[key]) for key in one.values.keys() | other.values.keys()]
    return one.name == other.name and all(same(a, b) if isinstance(a, str) else a == b for a, b in pairs)


DEEP = Message(
    "run_folder.no_description",
    where='a "b"\n猫',
    reason=Message(
        "value.of_setting", name="eta", value=repr((1, None)), allowed=Message("allowed.range", low=0, high=0.5)
    ),
)


def test_an_error_is_a_value_error_whose_text_is_plain_english() -> None:
    with pytest.raises(ValueError, match=r"^eta is 2; allowed: 0 to 1\.$") as caught:
        require_between("eta", 2, 0, 1)
    assert type(str(caught.value)) is str
    assert caught.value.args[0].values["allowed"].values == {"low": 0, "high": 1}
    assert str(ValueError(DEEP)) == 'a "b"\n猫 does not describe a run: eta is (1, None); allowed: 0 to 0.5.'


def test_nan_lies_between_no_numbers() -> None:
    with pytest.raises(ValueError, match="eta is nan"):
        require_between("eta", math.nan, 0, 1)


def test_a_thing_is_named_in_words_and_a_setting_by_its_name() -> None:
    for name, message in (("num", "value.of_setting"), (Message("what.num_pictures"), "value.in_words")):
        with pytest.raises(ValueError, match=f"^{name} is 'no'; allowed: yes") as caught:
            require(False, name, "no", "yes")
        assert caught.value.args[0].name == message


@pytest.mark.parametrize("again", [copy.deepcopy, lambda message: loads(dumps(message))])
def test_a_copy_or_one_from_a_file_is_the_same(again: object) -> None:
    assert same(again(DEEP), DEEP)  # type: ignore[operator]
    nan = Message("training.not_finite", quantity="loss", value=math.nan, step=1, epoch=0, batch=1, rate=1e-3)
    assert again(nan) == nan  # type: ignore[operator]


@pytest.mark.parametrize("text", ["", "died", "12", "[]", "{}", '["', '["a"]', '["a", "b"] is damaged', "null"])
def test_a_text_that_is_no_message_stays_as_it_is(text: str) -> None:
    assert same(loads(text), text)
    assert dumps(text) == text


def test_what_another_version_said_is_told_in_its_english(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = dumps(DEEP)
    monkeypatch.delitem(ENGLISH, "allowed.range")
    assert loads(kept) == DEEP
    assert same(loads(kept).values["reason"].values["allowed"], "0 to 0.5")  # type: ignore[attr-defined]
    monkeypatch.setitem(ENGLISH, "run_folder.no_description", "{path}: {why}")
    assert same(loads(kept), str(DEEP))


@pytest.mark.parametrize(
    "error",
    [
        ValueError(DEEP),
        ValueError("a", 1),
        ValueError(),
        KeyError("epoch"),
        OSError("no mirror answers"),
        FileNotFoundError(2, "No such file or directory", "it's"),
        FileNotFoundError(2, "No such file or directory", Path("a")),
        FileNotFoundError(2, "No such file or directory", "a", None, "b"),
        PermissionError(13, Message("idx.copy_again"), "a"),
    ],
    ids=repr,
)
def test_what_an_error_says_is_its_text(error: Exception) -> None:
    assert text_of(error) == str(error)
    assert same(Message("picture.damaged", reason=error, remedy="").values["reason"], text_of(error))


def test_values_can_be_changed_however_deep() -> None:
    changed = mapped(DEEP, lambda text: text.replace("\n", " ").replace("eta", "sigma"))
    assert changed == 'a "b" 猫 does not describe a run: sigma is (1, None); allowed: 0 to 0.5.'
    assert isinstance(changed, Message)
    assert mapped("a\nb", str.upper) == "A\nB"
