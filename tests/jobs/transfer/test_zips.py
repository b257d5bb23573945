"""A run out of the store as a zip and back in; every way a zip can be wrong; nothing left behind."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from ddpm_core.runs.folder import RunFolder
from ddpm_core.training.trainer import train
from jobs.store.store import Store
from jobs.transfer import import_check, zips
from jobs.transfer.zips import import_zip, stream_zip
from tests.support import files as support
from tests.support.runs import TINY

Files = dict[str, bytes]
Change = Callable[[Files], None]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("trained") / "tiny-run"
    for _ in train(TINY, folder):
        pass
    (folder / "worker.log").write_text("step 1\n")
    return RunFolder(folder)


@pytest.fixture
def files(trained: RunFolder) -> Files:
    """What the run's zip holds, by path in the run folder."""
    with zipfile.ZipFile(exported(trained)) as archive:
        return {name.removeprefix("tiny-run/"): archive.read(name) for name in archive.namelist()}


@pytest.fixture
def store(runs_dir: Path) -> Iterator[Store]:
    store = Store(runs_dir)
    before = contents(store)
    yield store
    assert not list(store.root.glob(".import-*")), "left behind"
    assert before == ["lab.db"]


def exported(run: RunFolder, **options: Any) -> io.BytesIO:
    return io.BytesIO(b"".join(stream_zip(run, **options)))


def zipped(files: Files, top: str = "tiny-run/", method: int = zipfile.ZIP_STORED) -> io.BytesIO:
    return io.BytesIO(support.zipped({top + name: content for name, content in files.items()}, method))


def contents(store: Store) -> list[str]:
    return sorted(path.name for path in store.root.iterdir() if not path.name.startswith("lab.db-"))


# Out


def test_a_zip_holds_the_run_and_nothing_else(files: Files) -> None:
    assert {name for name in files if "/" not in name} == {
        "config.json", "metrics.csv", "epochs.csv", "loss_by_t.csv",
        "epoch-0000.safetensors", "epoch-0001.safetensors", "epoch-0002.safetensors",
    }  # fmt: skip
    assert {name for name in files if "/" in name} >= {"samples/epoch-0002.png", "samples/denoise-0002.png"}


def test_the_state_to_train_on_goes_along_only_on_request(trained: RunFolder) -> None:
    with zipfile.ZipFile(exported(trained, with_resume=True)) as archive:
        assert archive.read("tiny-run/resume.pt") == trained.resume.read_bytes()
        assert archive.testzip() is None


def test_memory_stays_at_the_size_of_a_piece(tmp_path: Path, trained: RunFolder) -> None:
    folder = shutil.copytree(trained.path, tmp_path / "large")
    (folder / "epoch-0003.safetensors").write_bytes(b"w" * 5_000_000)
    pieces = [len(piece) for piece in stream_zip(RunFolder(folder))]
    assert max(pieces) < 2 * zips.CHUNK
    assert sum(pieces) > 5_000_000


def test_a_checkpoint_that_goes_meanwhile_is_left_out(tmp_path: Path, trained: RunFolder) -> None:
    run = RunFolder(shutil.copytree(trained.path, tmp_path / "training"))
    pieces = stream_zip(run)
    first = next(pieces)
    run.checkpoint(2).unlink()
    with zipfile.ZipFile(io.BytesIO(first + b"".join(pieces))) as archive:
        assert "training/epoch-0002.safetensors" not in archive.namelist()
        assert archive.testzip() is None


# There and back


@pytest.mark.parametrize("top", ["tiny-run/", ""], ids=["in a folder", "flat"])
def test_there_and_back(top: str, files: Files, trained: RunFolder, store: Store) -> None:
    run_id = import_zip(zipped(files, top), store, "From a friend", "me")
    record = store.run(run_id)
    assert (record.name, record.status, record.owner) == ("From a friend", "finished", "me")
    assert (record.config, record.epoch, record.step) == (TINY, 2, 6)
    assert len(store.metrics(run_id)) == 6
    assert [end.epoch for end in store.epochs(run_id)] == [0, 1, 2]
    assert contents(store) == [run_id, "lab.db"]
    for name, content in files.items():
        assert (record.folder / name).read_bytes() == content
    assert not (record.folder / "resume.pt").exists()


def test_a_name_is_cut_and_never_empty(files: Files, store: Store) -> None:
    assert store.run(import_zip(zipped(files), store, "n" * 200)).name == "n" * zips.MAX_NAME
    store.delete(store.runs()[0].id)
    assert store.run(import_zip(zipped(files), store, "  ")).name == "sprites"


def test_the_same_run_is_not_taken_in_twice(files: Files, store: Store) -> None:
    run_id = import_zip(zipped(files), store, "Mine")
    with pytest.raises(ValueError, match=f"here already, as 'Mine' .{run_id}"):
        import_zip(zipped(files), store, "Again")
    assert [record.id for record in store.runs()] == [run_id]


def test_what_a_folder_zipped_by_hand_also_holds_is_left_out(files: Files, store: Store) -> None:
    files |= {
        "worker.log": b"",
        "worker.lock": b"",
        "resume.pt": b"cos\nsystem",
        ".DS_Store": b"",
        "samples/.DS_Store": b"",
    }
    file = zipped(files)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("__MACOSX/tiny-run/._config.json", b"")
    folder = store.run(import_zip(file, store, "By hand")).folder
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(("epoch", "loss"))) == [
        "config.json", "metrics.csv", "samples",
    ]  # fmt: skip


def test_a_run_needs_no_tables_and_no_pictures(files: Files, store: Store) -> None:
    bare = {name: content for name, content in files.items() if name.endswith((".json", ".safetensors"))}
    record = store.run(import_zip(zipped(bare), store, "Bare"))
    assert (record.epoch, record.step) == (2, 0)


# Wrong in every way


def config_with(path: str, value: object) -> Change:
    def change(files: Files) -> None:
        content = json.loads(files["config.json"])
        *inner, last = path.split(".")
        place = content
        for name in inner:
            place = place[name]
        place[last] = value
        files["config.json"] = json.dumps(content).encode()

    return change


def put(name: str, content: bytes) -> Change:
    return lambda files: files.update({name: content})


def drop(*names: str) -> Change:
    def change(files: Files) -> None:
        for name in [name for name in files if name.startswith(names)]:
            del files[name]

    return change


def other_weights(files: Files) -> None:
    """One bit of the last weight turned."""
    content = bytearray(files["epoch-0002.safetensors"])
    content[-1] ^= 1
    files["epoch-0002.safetensors"] = bytes(content)


def swapped_epochs(files: Files) -> None:
    files["epoch-0001.safetensors"] = files["epoch-0002.safetensors"]


BROKEN: dict[str, tuple[Change, str]] = {
    "no config": (drop("config.json"), "no run"),
    "a second config": (put("other/config.json", b"{}"), "other/config.json.*no part of a run"),
    "config is no JSON": (put("config.json", b"{"), r"^config\.json is damaged"),
    "config is deep": (put("config.json", b"[" * 100_000), "nested|damaged"),
    "config of another program": (put("config.json", b"{}"), "not DDPM Lab's"),
    "a later format": (config_with("format_version", 99), "99"),
    "an unknown setting": (config_with("config.speed", 3), "speed"),
    "a setting out of bounds": (config_with("config.batch_size", -1), "batch_size"),
    "pictures too large": (config_with("data_info.height", 100_000), "100000"),
    "too many channels": (config_with("data_info.channels", 5), "channels"),
    "a class that is markup": (config_with("data_info.class_names", ["<script>"]), "<script>"),
    "a path for a dataset": (config_with("config.data.name", "../../etc"), "etc"),
    "no checkpoint": (drop("epoch-"), "checkpoints"),
    "a torn checkpoint": (put("epoch-0002.safetensors", b"abc"), r"epoch-0002\.safetensors cannot be read"),
    "other weights": (other_weights, r"epoch-0002\.safetensors has other weights"),
    "a checkpoint of another epoch": (swapped_epochs, r"epoch-0001\.safetensors belongs to another"),
    "a checkpoint of another run": (config_with("config.seed", 7), "belongs to another"),
    "a table of something else": (put("metrics.csv", b"a,b\n1,2\n"), r"metrics\.csv is damaged in line 2"),
    "a table with words": (put("epochs.csv", b"epoch,step,val_loss,val_loss_ema,seconds\n0,0,x,1,1\n"), "line 2"),
    "a table that counts in halves": (
        put("epochs.csv", b"epoch,step,val_loss,val_loss_ema,seconds\n0.5,0,1,1,1\n"), "whole numbers",
    ),
    "a picture that is none": (put("samples/epoch-0001.png", b"<svg/>"), r"samples/epoch-0001\.png"),
    "a file that has no place": (put("evil.py", b"import os"), r"evil\.py.*no part of a run"),
    "a folder that has no place": (put("samples/more/epoch-0001.png", b""), "no part of a run"),
    "a way out": (put("../outside.json", b""), "no part of a run"),
    "an absolute path": (put("samples//etc/passwd", b""), "no part of a run"),
    "a way out, Windows": (put("..\\outside.json", b""), "no part of a run"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_run_is_refused(case: str, files: Files, store: Store) -> None:
    change, message = BROKEN[case]
    change(files)
    with pytest.raises(ValueError, match=message) as refusal:
        import_zip(zipped(files), store, case)
    assert ".import-" not in str(refusal.value)
    assert store.runs() == []
    assert contents(store) == ["lab.db"]


def test_what_is_no_zip_is_refused(files: Files, store: Store) -> None:
    whole = zipped(files).getvalue()
    for content in (b"", b"hello", whole[: len(whole) // 2]):
        with pytest.raises(ValueError, match="no zip"):
            import_zip(io.BytesIO(content), store, "")
    damaged = bytearray(whole)
    damaged[len(whole) // 3] ^= 0xFF
    with pytest.raises(ValueError, match=r"damaged|other weights"):
        import_zip(io.BytesIO(bytes(damaged)), store, "")
    assert contents(store) == ["lab.db"]


def test_a_link_is_refused(files: Files, store: Store) -> None:
    file = zipped({name: content for name, content in files.items() if name != "epochs.csv"})
    with zipfile.ZipFile(file, "a") as archive:
        link = zipfile.ZipInfo("tiny-run/epochs.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ValueError, match=r"epochs\.csv.*no part"):
        import_zip(file, store, "")


def test_a_name_given_twice_is_refused(files: Files, store: Store) -> None:
    file = zipped(files)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr("tiny-run/epochs.csv", b"")
    with pytest.raises(ValueError, match="twice"):
        import_zip(file, store, "")


def test_a_bomb_is_refused_as_soon_as_it_grows_too_large(
    files: Files, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips, "MAX_BYTES", 2 * 1024**2)
    files["metrics.csv"] = b"\0" * 8 * 1024**2
    file = zipped(files, method=zipfile.ZIP_DEFLATED)
    assert file.getbuffer().nbytes < 1024**2
    with pytest.raises(ValueError, match="larger than 2 MB"):
        import_zip(file, store, "")
    assert contents(store) == ["lab.db"]


def test_too_many_files_are_refused(files: Files, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_FILES", 5)
    with pytest.raises(ValueError, match="up to 5"):
        import_zip(zipped(files), store, "")


def test_an_encrypted_zip_is_refused(files: Files, store: Store) -> None:
    content = bytearray(zipped(files).getvalue())
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:  # the flag in each entry of the directory
        content[at + 8] |= 1
        at += 4
    with pytest.raises(ValueError, match="encrypted"):
        import_zip(io.BytesIO(bytes(content)), store, "")


def test_nothing_is_left_when_the_store_refuses(files: Files, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device", "lab.db")

    monkeypatch.setattr(store, "adopt", full)
    with pytest.raises(OSError, match="No space"):
        import_zip(zipped(files), store, "")
    assert contents(store) == ["lab.db"]


def test_an_import_that_was_cut_off_long_ago_is_swept_up(
    files: Files, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    (store.root / ".import-old").mkdir()
    monkeypatch.setattr(zips, "_ABANDONED_SECONDS", -1.0)
    run_id = import_zip(zipped(files), store, "New")
    assert contents(store) == [run_id, "lab.db"]


def test_weights_of_an_unknown_kind_are_refused(files: Files, trained: RunFolder, tmp_path: Path) -> None:
    """A header that is right, over weights that are not those it was written for."""
    folder = shutil.copytree(trained.path, tmp_path / "copy")
    path = folder / "epoch-0001.safetensors"
    weights = load_file(path)
    name = next(iter(weights))
    metadata = {
        "ddpm_lab": json.dumps(
            {**json.loads((folder / "config.json").read_text()), "epoch": 1, "step": 3, "sha256": "0"}
        )
    }
    save_file({name: weights[name]}, path, metadata=metadata)
    with pytest.raises(ValueError, match="other weights"):
        import_check.check_run(folder)
