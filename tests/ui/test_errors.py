"""What is wrong is said in Chinese on Chinese pages: every message is translated whole, and no new one is forgotten."""

from __future__ import annotations

import errno
import io
import os
import re
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from ddpm_core.config import DataConfig, TrainConfig, from_dict
from ddpm_core.data import dataset_names, load_dataset
from ddpm_core.data.own.importing import read_source
from ddpm_core.runs.presets import PRESETS
from jobs import failure
from jobs.store.store import Store
from jobs.training import launch
from jobs.transfer.zips import import_zip
from tests.support.messages import messages
from ui import errors, guard
from ui.errors import translated
from ui.i18n import LESSONS

TABLES = tomllib.loads((LESSONS / "zh" / "errors.toml").read_text(encoding="utf-8"))
TOKEN = re.compile(r"⟦\d+⟧")
COMMAND = re.compile(r"python -m \w+( data fetch)?")
WORD = re.compile(r"(?<![\w.'/-])[A-Za-z]?[a-z]{2,}(?![\w.'/(-])")
"""What looks like a word of a language, not like a name of the code's."""
NAMES = frozenset(
    "None True False Python path DDPM Lab torch pickle gzip dtype mlp eps labels channels size num seed eta sampler "
    "spacing fit schedule sigma epoch task split train validation knob device config info run epochs zip".split()
)
"""Names that look like words: of code, settings and programs."""


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "language", lambda: "zh")


def test_the_source_was_read() -> None:
    places = {where.partition(":")[0] for where in messages().values()}
    assert len(messages()) > 200
    assert {
        "ddpm_core/config.py",
        "ddpm_core/data/idx.py",
        "jobs/pool/pool.py",
        "jobs/training/launch.py",
        "ui/runs/shipped_frames.py",
    } <= places


@pytest.mark.parametrize(("message", "where"), messages().items())
def test_every_message_is_translated(message: str, where: str, chinese: None) -> None:
    """Whole: it keeps all its values, and no English word that is not a name."""
    text = translated(message)
    if text == message:  # no sentence, but a part of others
        text = errors._translate(message, "cause", "zh")
    assert re.search("[\u4e00-\u9fff]", text), where
    assert set(TOKEN.findall(text)) == set(TOKEN.findall(message)), where
    assert set(WORD.findall(COMMAND.sub("", text))) <= NAMES, (where, text)


@pytest.mark.parametrize("table", TABLES)
def test_a_translation_has_the_values_of_its_message(table: str) -> None:
    for english, translation in TABLES[table].items():
        values = [set(re.findall(r"\{(\w+)\}", text)) for text in (english, translation)]
        assert values[0] == values[1], english


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: TrainConfig(num_epochs=0), "num_epochs 为 0；允许：1 到 10000。"),
    (lambda: TrainConfig(grad_clip=-1), "grad_clip 为 -1；允许：0（关闭）或更大。"),
    (
        lambda: from_dict(TrainConfig, {"num_epoch": 1}),
        'TrainConfig：不认识的字段 "num_epoch"。允许：ddpm_core/config.py 中的字段和类型。',
    ),
    (
        lambda: load_dataset(DataConfig(name="cats"), "train"),
        f"data.name 为 'cats'；允许：{', '.join(dataset_names())}。",
    ),
    (
        lambda: read_source(b"PK is not all", "pets.zip"),
        "pets.zip 不是能读取的 zip（File is not a zip file）。请重新打包。",
    ),
    (
        lambda: read_source(zipped("a/1.png", b"nothing"), "pets.zip"),
        "pets.zip 的 1 张图片都无法读取。第一张：a/1.png：这个文件不是能读取的图片。"
        "请换一张，或用图片编辑器打开后重新保存；允许：PNG, JPEG, WEBP, GIF, BMP, TIFF。",
    ),
    (
        lambda: read_source(b"\0\0\x08\x01\0\0", "my-ubyte"),
        "my-ubyte 已损坏，或不是 IDX 文件：它只有 6 个字节，文件头还没完。请从原处重新复制。",
    ),
    (
        lambda: import_zip(io.BytesIO(zipped("pets/1.png", b"")), Store(), ""),
        "压缩包里没有训练：最上层或唯一的文件夹里必须有一个 config.json。",
    ),
    (
        lambda: Store().resume(Store().enqueue(TrainConfig())),
        "的状态是“排队中”；只有已暂停、已停止或失败的训练才能继续。",
    ),
]


@pytest.mark.parametrize(("wrong", "sentence"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_an_error_raised_is_told_in_chinese(
    wrong: Callable[[], object], sentence: str, chinese: None, data_dir: Path
) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        wrong()
    assert guard.message_of(caught.value).endswith(sentence)


def test_the_reason_of_a_run_given_up_is_told_in_chinese(chinese: None, tmp_path: Path) -> None:
    record = SimpleNamespace(folder=tmp_path, log_tail=lambda _: "--- attempt 2\nKilled")
    assert translated(launch.why_given_up(record, -9)) == (  # type: ignore[arg-type]
        "训练进程被外部终止（信号 9），这是第二次了。如果是内存不足，请减小批量或网络。日志的结尾：Killed"
    )


def test_the_systems_own_words_are_told_in_chinese(chinese: None) -> None:
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "data")
    assert guard.message_of(error) == "data: 没有权限"
    assert translated(failure.failure_message(error, Path())) == "没有权限：data。"
    assert translated(f"页面的话\n\n{error}") == "页面的话\n\n没有权限（Errno 13）：'data'"


def test_what_nobody_knows_stays_and_so_does_english(chinese: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert translated("Out of cheese. Try Ankh-Morpork.") == "Out of cheese. Try Ankh-Morpork."
    assert translated("") == ""
    monkeypatch.setattr(errors, "language", lambda: "en")
    for message in messages():
        assert translated(message) == message


def test_the_page_train_speaks_one_language(open_page: Callable[..., AppTest]) -> None:
    run_id = Store().enqueue(PRESETS["sprites_quick"])
    Store().claim()
    loss = "loss is nan at step 12 (epoch 1, batch 12); allowed: finite numbers. The last checkpoint is intact; "
    Store().give_up(Store().run(run_id), "failed", f"{loss}try a learning_rate well below that step's (0.5).")
    page = open_page("train", "zh", batch=0)
    assert not page.exception
    assert sorted(error.value for error in page.error) == [
        "batch_size 为 0；允许：1 到 65536。",
        "训练在第 0 轮之后失败。第 12 步（第 1 轮第 12 批）的损失为 nan；允许：有限的数。"
        "最后一个检查点完好无损；请把 learning_rate 调得远低于这一步的 0.5。",
    ]
