"""Whatever the bytes are, every reader reads them or refuses them in words, and leaves nothing behind."""

import gzip
import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ddpm_core.config import DataConfig
from ddpm_core.data import load_dataset
from ddpm_core.data.own.arrays import read_npy
from ddpm_core.data.own.datasets import own_datasets, save_own, suggest_name
from ddpm_core.data.own.files import require_new
from ddpm_core.data.own.imported import Fit, Imported, ImportOptions, Step, clean_class_name
from ddpm_core.data.own.importing import read_source
from ddpm_core.data.own.labels import read_labels
from tests.support.files import idx, npy, npz, picture, zipped

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
QUICK = settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip

SPRITES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), np.uint8)
VALID = {
    "zip": zipped({"a/1.png": picture(8, 8), "b/2.jpg": picture(9, 8, "JPEG"), "b/3.webp": picture(8, 8, "WEBP")}),
    "stored": zipped({"a/1.png": picture(8, 8), "b/2.gif": picture(8, 8, "GIF")}, method=0),
    "arrays": zipped({"images.npy": npy(SPRITES), "labels.npy": npy(np.eye(3)[[0, 1, 2, 0, 1, 2]])}),
    "npz": npz(compressed=True, x=SPRITES, y=np.arange(6)),
    "npy": npy(SPRITES),
    "words": npz(x=SPRITES, y=np.array(["cat", "dog"] * 3)),
    "idx": idx(SPRITES[..., 0]),
    "gz": gzip.compress(idx(SPRITES[..., 0])),
}


def mutated(valid: bytes, data: st.DataObject) -> bytes:
    """Cut off, with bytes changed, a piece doubled or taken out."""
    content = bytearray(valid[: data.draw(st.integers(0, len(valid)))] if data.draw(st.booleans()) else valid)
    for _ in range(data.draw(st.integers(0, 8)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    start, end = sorted(data.draw(st.integers(0, len(content))) for _ in range(2))
    piece = data.draw(st.sampled_from(["", "doubled", "taken"]))
    if piece == "doubled":
        content[end:end] = content[start:end]
    elif piece == "taken":
        del content[start:end]
    return bytes(content)


def read_or_refuse(source: Path | bytes, fit: Fit = "crop", **more: bytes) -> None:
    try:
        got = read_source(source, "fuzz", ImportOptions(size=0, channels=0, fit=fit), **more)
    except (ValueError, OSError):
        return
    assert got.images.dtype == np.uint8
    assert got.images.ndim == 4
    assert got.images.shape[3] in (1, 3)
    assert got.labels.shape == got.images.shape[:1]
    assert got.labels.dtype == np.int64
    assert 0 <= got.labels.min() <= got.labels.max() < max(len(got.class_names), 1)
    assert all(isinstance(step, Step) for step in got.steps)


@pytest.mark.parametrize("kind", VALID)
@QUICK
@given(data=st.data())
def test_mutated_files(kind, data):
    read_or_refuse(mutated(VALID[kind], data), data.draw(st.sampled_from(get_args(Fit))))


@pytest.mark.parametrize(
    "magic",
    [b"", b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00", b"\x1f\x8b", b"\0\0\x08\x03"],
)
@QUICK
@given(tail=st.binary(max_size=200))
def test_random_bytes(magic, tail):
    read_or_refuse(magic + tail)
    read_or_refuse(VALID["npy"], labels=magic + tail)


@QUICK
@given(header=st.text(max_size=80), tail=st.binary(max_size=40))
def test_headers_of_npy_files(header, tail):
    text = header.encode()
    try:
        array = read_npy(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + tail, "fuzz.npy")
    except ValueError:
        return
    assert array.nbytes <= len(tail)


@QUICK
@given(
    shape=st.lists(st.integers(-3, 2**40), max_size=5),
    descr=st.sampled_from("|u1 <f8 |O <U3 >i4 |V8 <M8[s] <c16 |S1 <U0 |b1 <f2 zz".split()),
    tail=st.binary(max_size=64),
)
def test_no_header_makes_more_of_a_file_than_it_holds(tmp_path, shape, descr, tail):
    text = repr({"descr": descr, "fortran_order": False, "shape": tuple(shape)}).encode()
    content = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + tail
    (tmp_path / "fuzz.npy").write_bytes(content)
    for source in (content, tmp_path / "fuzz.npy"):
        try:
            array = read_npy(source, "fuzz.npy")
        except ValueError:
            continue
        assert array.nbytes == len(tail)


@QUICK
@given(
    names=st.lists(st.text(max_size=20).filter(bool), max_size=6, unique=True),
    content=st.sampled_from([picture(8, 8), b"", b"?", VALID["npy"], VALID["zip"], VALID["npz"]]),
)
def test_any_names_in_a_zip(names, content):
    endings = (".png", ".npy", ".npz", "-ubyte", "/1.png", "")
    try:
        packed = zipped({name + endings[i % len(endings)]: content for i, name in enumerate(names)})
    except (ValueError, IndexError):  # what zipfile itself cannot write
        return
    read_or_refuse(packed)


@QUICK
@given(data=st.data())
def test_folders_of_mutated_files(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    kinds = data.draw(st.lists(st.sampled_from(sorted(VALID)), max_size=3))
    endings = {"idx": "-ubyte", "gz": "-ubyte.gz", "npy": ".npy", "npz": ".npz", "words": ".npz"}
    for i, kind in enumerate(kinds):
        (folder / f"{i}{endings.get(kind, '.png')}").write_bytes(mutated(VALID[kind], data))
    before = sorted(folder.rglob("*"))
    read_or_refuse(folder)
    assert sorted(folder.rglob("*")) == before


@QUICK
@given(
    st.one_of(
        st.lists(st.integers(-(2**60), 2**60), max_size=6).map(np.array),
        st.lists(st.floats(), max_size=6).map(np.array),
        st.lists(st.lists(st.floats(), min_size=2, max_size=2), max_size=6).map(np.array),
        st.lists(st.text(max_size=4), max_size=6).map(lambda words: np.array(words, np.str_)),
    )
)
def test_any_labels(labels):
    try:
        found, names, _ = read_labels(labels, 4, "labels")
    except ValueError:
        return
    assert found.shape == (4,)
    assert 0 <= found.min() <= found.max() < len(names)


@QUICK
@given(st.text(max_size=60))
def test_any_source_gets_a_name_that_can_be_saved(name):
    require_new(suggest_name(name))
    clean = clean_class_name(name)
    assert len(clean) <= 40
    assert clean == clean_class_name(clean)
    assert clean.isprintable()


@pytest.mark.parametrize("file", ["dataset.json", "images.npy", "labels.npy"])
@QUICK
@given(data=st.data())
def test_own_datasets_with_damaged_files(tmp_path, monkeypatch, file, data):
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path))
    if not own_datasets():
        (tmp_path / "pets").mkdir(exist_ok=True)
        for left in (tmp_path / "pets").iterdir():
            left.unlink()
        (tmp_path / "pets").rmdir()
        save_own("pets", Imported(SPRITES, np.arange(6) % 2, ("a", "b"), "a.zip", ()))
    whole = {path: path.read_bytes() for path in (tmp_path / "pets").iterdir()}
    (tmp_path / "pets" / file).write_bytes(mutated(whole[tmp_path / "pets" / file], data))
    try:
        got = load_dataset(DataConfig("pets", num_pictures=0), "train")
        assert len(got.images) == len(got.labels)
    except ValueError:
        pass
    finally:
        own_datasets()
        for path, content in whole.items():
            path.write_bytes(content)


def test_deep_json_is_damage_and_no_crash(tmp_path, monkeypatch):
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "dataset.json").write_text(json.dumps({"steps": []})[:-2] + "[" * 90_000, "utf-8")
    with pytest.raises(ValueError, match="deep is damaged"):
        load_dataset(DataConfig("deep"), "train")
