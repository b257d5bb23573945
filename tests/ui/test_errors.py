"""What is wrong is said in Chinese on Chinese pages: both tables have every message, and it arrives, wherever from."""

from __future__ import annotations

import ast
import errno
import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from ddpm_core.config import DataConfig, SampleConfig, TrainConfig, from_dict
from ddpm_core.data import dataset_names, load_dataset
from ddpm_core.data.own.importing import read_source
from ddpm_core.errors import ENGLISH, Message, read_table
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.presets import PRESETS
from jobs import failure
from jobs.paths import checkpoints_dir
from jobs.pool import pool
from jobs.pool.tasks.trajectory import TrajectoryRequest
from jobs.store.store import Store
from jobs.training import launch
from jobs.transfer.zips import import_zip
from tests.support.sources import files, label, tree_of
from ui import errors
from ui.errors import message_of, translated
from ui.i18n import LANGUAGES, LESSONS
from ui.runs import downloads

TABLES = {lang: read_table(LESSONS / lang / "errors.toml") for lang in LANGUAGES if lang != "en"}
TREES = {label(path): tree_of(path) for path in files("ddpm_core", "jobs", "ui", "pages")}
PLAIN = (
    # What is said in English alone, because no page can bring it about. On the command line only:
    "ddpm_core/cli/",
    "ddpm_core/export/",
    # arguments that only who calls a function from Python can get wrong: shapes and dtypes of arrays, names of things;
    "ddpm_core/data/digits/__init__.py",
    "ddpm_core/data/own/datasets.py:add_pictures",
    "ddpm_core/data/points.py",
    "ddpm_core/data/registry.py:fetch",
    "ddpm_core/data/sprites/__init__.py",
    "ddpm_core/network/",
    "ddpm_core/prediction.py",
    "ddpm_core/quality/linear_baseline.py",
    "ddpm_core/quality/measures.py",
    "ddpm_core/quality/points.py:sliced_wasserstein",
    "ddpm_core/sampler.py:noised_start",
    "ddpm_core/schedule.py",
    "jobs/store/metrics.py",
    "ui/drawing/papers.py",
    # and what is wrong with a page or a lesson itself.
    "ui/components/",
    "ui/lesson.py",
    "ui/nav.py",
)
REASONS = (
    "ddpm_core/data/own/files.py:name_fault",
    "jobs/failure.py:disk_full_message",
    "jobs/failure.py:failure_message",
    "jobs/training/launch.py:how_it_ended",
    "jobs/training/launch.py:why_given_up",
)
"""Functions that return what is wrong instead of raising it."""
SAYING = ("require", "ValueError", "OSError", "TimeoutError", "PictureError", "_IdxError", "restart", "give_up")
SPOKEN = re.compile(r"[a-z]{2} [a-z]{2}")
"""Words of a sentence, not names."""


def placeholders(template: str) -> set[tuple[str, str, str]]:
    """Which values it has, and how each is written."""
    return {(name, form or "", kind or "") for _, name, form, kind in Formatter().parse(template) if name}


def calls(tree: ast.AST, *names: str) -> list[ast.Call]:
    """Every call of a function or class of these names."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [node for node in nodes if getattr(node.func, "id", getattr(node.func, "attr", "")) in names]


def names_in(node: ast.AST) -> list[str]:
    """The messages that the first argument of Message(…) may name."""
    match node:
        case ast.Constant(value=str() as name):
            return [name]
        case ast.IfExp(body=one, orelse=other):
            return names_in(one) + names_in(other)
        case ast.JoinedStr(values=[ast.Constant(value=str() as beginning), *_]):
            return [name for name in ENGLISH if name.startswith(beginning)]
    return []


def texts_in(node: ast.AST) -> list[str]:
    """The texts that stand in an expression, without those of a Message and of words in the visitor's language."""
    if node in calls(node, "Message", "t"):
        return []
    own = [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
    return own + [text for inner in ast.iter_child_nodes(node) for text in texts_in(inner)]


def test_every_language_has_every_message_with_its_values() -> None:
    for lang, table in TABLES.items():
        own = {name: template for name, template in table.items() if not name.startswith("system.")}
        assert own.keys() == ENGLISH.keys(), (lang, own.keys() ^ ENGLISH.keys())
        assert not [name for name in own if placeholders(own[name]) != placeholders(ENGLISH[name])], lang
        same = [name for name in own if own[name] == ENGLISH[name] and SPOKEN.search(own[name])]
        assert not same, "these are still English"


def test_what_is_said_is_in_the_table_with_its_values_and_nothing_else_is() -> None:
    said, wrong = set(), []
    for place, tree in TREES.items():
        for call in calls(tree, "Message"):
            given = {keyword.arg for keyword in call.keywords}
            for name in names_in(call.args[0]):
                wanted = {value for value, _, _ in placeholders(ENGLISH.get(name, ""))}
                fits = given == wanted or (None in given and given - {None} <= wanted)  # None: of **values
                wrong += [] if name in ENGLISH and fits else [f"{place}: {name}"]
                said.add(name)
        said |= {name for call in calls(tree, "require_between") for word in call.args[4:] for name in names_in(word)}
    assert not wrong
    unsaid = sorted(ENGLISH.keys() - said)
    assert not unsaid


def test_what_a_page_may_show_is_no_plain_english() -> None:
    plain = set()
    for place, tree in TREES.items():
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            where = f"{place}:{function.name}"
            nodes: list[ast.AST] = [*calls(function, *SAYING)]
            nodes += [node.elts[1] for node in ast.walk(function) if is_failure(node)]  # type: ignore[attr-defined]
            if where in REASONS:
                nodes += [node for node in ast.walk(function) if isinstance(node, ast.Return)]
            if any(SPOKEN.search(text) for node in nodes for text in texts_in(node)):
                plain.add(where)
    assert not [where for where in plain if not where.startswith(PLAIN)]
    assert not [place for place in PLAIN if not any(where.startswith(place) for where in plain)], "out of date"


def is_failure(node: ast.AST) -> bool:
    """An outcome of the pool: ("failed", why)."""
    return isinstance(node, ast.Tuple) and len(node.elts) == 2 and getattr(node.elts[0], "value", "") == "failed"


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
        lambda: from_dict(TrainConfig, {"schedule": {"num_timesteps": "many"}}),
        'TrainConfig：字段 "schedule.num_timesteps" 应为 "int"，现在是 "str" 类型的 "many"。'
        "允许：ddpm_core/config.py 中的字段和类型。",
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
        lambda: import_zip(io.BytesIO(zipped("a/config.json", b"{}")), Store(), ""),
        "config.json 不是 DDPM Lab 的文件：格式不是 'ddpm-lab'。请用这个程序写出的文件。",
    ),
    (
        lambda: Store().resume(Store().enqueue(TrainConfig())),
        "的状态是“排队中”；只有已暂停、已停止或失败的训练才能继续。",
    ),
]


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "language", lambda: "zh")


@pytest.mark.parametrize(("wrong", "sentence"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_an_error_raised_is_told_in_chinese(
    wrong: Callable[[], object], sentence: str, chinese: None, data_dir: Path
) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        wrong()
    assert message_of(caught.value).endswith(sentence)
    assert not re.search("[\u4e00-\u9fff]", str(caught.value)), "elsewhere it is plain English"


def test_the_reason_of_a_run_given_up_is_told_in_chinese(chinese: None, tmp_path: Path) -> None:
    record = SimpleNamespace(folder=tmp_path, log_tail=lambda _: "--- attempt 2\nKilled")
    assert translated(launch.why_given_up(record, -9)) == (  # type: ignore[arg-type]
        "训练进程被外部终止（信号 9），这是第二次了。如果是内存不足，请减小批量或网络。日志的结尾：Killed"
    )


def test_the_systems_own_words_are_told_in_chinese(chinese: None) -> None:
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "data")
    assert message_of(error) == "data: 没有权限"
    assert translated(failure.failure_message(error, Path())) == "没有权限：data。"
    unreadable = Message("checkpoint.unreadable", path="a", reason=error)
    assert translated(unreadable) == "a 不能作为检查点读取（没有权限（Errno 13）：'data'）。请重新复制，或换一个。"


def test_what_nobody_knows_stays_and_so_does_english(chinese: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert translated("Out of cheese. Try Ankh-Morpork.") == "Out of cheese. Try Ankh-Morpork."
    assert translated("") == ""
    message = Message("run.unknown", run="a")
    monkeypatch.delitem(errors._table("zh"), "run.unknown")
    assert translated(message) == message
    monkeypatch.setattr(errors, "language", lambda: "en")
    assert translated(Message("run.gone", run="a")) == "Run a was deleted too long ago to be brought back."


def test_what_fails_in_another_process_is_told_in_chinese(chinese: None) -> None:
    """Through the pool's processes, one of which says that there are more steps than timesteps."""
    run = RunFolder(checkpoints_dir() / "sprites")
    request = TrajectoryRequest(str(run.path), run.epochs[:1], SampleConfig(num_sampling_steps=5_000, num_pictures=1))
    try:
        asked = pool.submit("sample_trajectory", request)
        with pytest.raises(ValueError, match="num_sampling_steps is 5000; allowed: 1 to T = 1000") as caught:
            asked.result(timeout=120)
    finally:
        pool.shut_down()
    assert message_of(caught.value) == "num_sampling_steps 为 5000；允许：1 到 T = 1000。"
    assert translated(asked.error) == message_of(caught.value)


@pytest.mark.parametrize(("lang", "sentence"), [("zh", "这里没有这次训练"), ("en", "no such run"), ("", "no such run")])
def test_the_servers_own_answer_is_in_the_language_of_its_address(lang: str, sentence: str) -> None:
    answer = TestClient(Starlette(routes=list(downloads.ROUTES))).get(f"/export/nothing.zip?lang={lang}")
    assert (answer.status_code, sentence in answer.text) == (404, True)


def failed_run(error: str) -> None:
    run_id = Store().enqueue(PRESETS["sprites_quick"])
    Store().claim()
    Store().give_up(Store().run(run_id), "failed", error)


def test_the_page_train_speaks_one_language(open_page: Callable[..., AppTest]) -> None:
    values = {"value": float("nan"), "step": 12, "epoch": 1, "batch": 12, "rate": 0.5}
    failed_run(Message("training.not_finite", quantity=Message("training.loss"), **values))
    page = open_page("train", "zh", batch=0)
    assert not page.exception
    assert sorted(error.value for error in page.error) == [
        "batch_size 为 0；允许：1 到 65536。",
        "训练在第 0 轮之后失败。第 12 步（第 1 轮第 12 批）的损失为 nan；允许：有限的数。"
        "最后一个检查点完好无损；请把 learning_rate 调得远低于这一步的 0.5。",
    ]


def test_a_reason_from_a_database_of_before_is_shown_as_it_is(open_page: Callable[..., AppTest]) -> None:
    failed_run("loss is nan at step 12.")
    page = open_page("train", "zh")
    assert page.error[0].value == "训练在第 0 轮之后失败。loss is nan at step 12."
