"""IDX files, MNIST and Fashion-MNIST: read whole or refused with a remedy."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ddpm_core.config import DataConfig
from ddpm_core.data import data_dir, load_dataset
from ddpm_core.data.idx import parse_idx
from ddpm_core.data.idx_sets import IDX_SETS, load_idx
from ddpm_core.errors import Message
from tests.support.files import idx, write_mnist


def read_idx(path: Path) -> np.ndarray:
    with path.open("rb") as file:
        return parse_idx(file, str(path), Message("download.again", name="mnist"))


@pytest.mark.parametrize(("code", "dtype"), [(8, "u1"), (9, "i1"), (11, "i2"), (12, "i4"), (13, "f4"), (14, "f8")])
def test_reads_back_what_was_written(tmp_path, code, dtype):
    array = np.arange(-12, 12).astype(dtype).reshape(2, 3, 4)
    path = tmp_path / "some-file"
    for content in (idx(array, code), gzip.compress(idx(array, code))):
        path.write_bytes(content)
        got = read_idx(path)
        np.testing.assert_array_equal(got, array)
        assert got.dtype == array.dtype
        assert got.flags.writeable


GOOD = idx(np.arange(12, dtype=np.uint8).reshape(3, 4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ends after 0 bytes, inside the header"),
        (GOOD[:9], "ends after 9 bytes, inside the header"),
        (b"\x89PNG" + GOOD, "starts with 89 50 4e 47"),
        (b"\0\0\x07\x02" + GOOD[4:], "starts with 00 00 07 02"),
        (b"\0\0\x08\0" + GOOD[4:], "gives 0 dimensions"),
        (b"\0\0\x08\xff" + GOOD[4:], "gives 255 dimensions"),
        (struct.pack(">HBB2I", 0, 8, 2, 0, 4), r"shape \(0, 4\), 0 bytes"),
        (struct.pack(">HBB2I", 0, 8, 2, 2**32 - 1, 2**32 - 1), "not 1 to 536870912"),
        (GOOD[:-1], "truncated: 11 bytes of data"),
        (GOOD + b"!", "goes on after the 12 bytes"),
        (gzip.compress(GOOD)[:-9], "broken gzip"),
        (gzip.compress(GOOD)[:-8] + bytes(8), "broken gzip"),
        (gzip.compress(GOOD + b"!"), "goes on after"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damage_is_named_with_the_remedy(tmp_path, content, message):
    path = tmp_path / "broken.idx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)
    assert "python -m ddpm_core data fetch mnist" in str(caught.value)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.binary(max_size=64), st.binary(max_size=40).map(lambda tail: b"\0\0\x08\x01" + tail)), st.booleans()
)
def test_any_bytes_are_read_or_refused(tmp_path, content, compressed):
    path = tmp_path / "fuzz.idx"
    path.write_bytes(gzip.compress(content)[: len(content) + 8] if compressed else content)
    try:
        array = read_idx(path)
    except ValueError:
        return
    assert array.size >= 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_flipped_byte_of_a_gzip_file_is_noticed_or_harmless(tmp_path, data):
    packed = bytearray(gzip.compress(GOOD, mtime=0))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "flipped.gz"
    path.write_bytes(packed)
    try:
        array = read_idx(path)
    except ValueError:
        return
    assert idx(array) == GOOD


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_set_of_idx_files_through_the_front_door(tmp_path, monkeypatch, name, compressed):
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path))
    write_mnist(tmp_path / name, compressed=compressed)
    assert data_dir() == tmp_path
    everything = load_dataset(DataConfig(name, num_pictures=0, num_validation=5), "train")
    assert everything.images.shape == (12, 28, 28, 1)
    assert everything.info.class_names == IDX_SETS[name].class_names
    assert len(set(everything.info.class_names)) == 10
    few = load_dataset(DataConfig(name, num_pictures=7, num_validation=5), "train")
    np.testing.assert_array_equal(few.images, everything.images[:7])
    test = load_dataset(DataConfig(name, num_pictures=7, num_validation=4), "validation")
    assert test.labels.tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match=f"num_pictures is 13; allowed: 1 to 12 for {name}, or 0 for all"):
        load_dataset(DataConfig(name, num_pictures=13), "train")


def test_the_files_of_a_set_must_belong_together(tmp_path):
    with pytest.raises(ValueError, match=r"holds no train-images.*data fetch fashion_mnist"):
        load_idx("fashion_mnist", tmp_path, "train")
    write_mnist(tmp_path)
    labels = tmp_path / "train-labels-idx1-ubyte"
    for array, message in (
        (np.zeros(11, np.uint8), "11 labels for the 12 pictures"),
        (np.full(12, 10, np.uint8), "a label 10, above 9"),
        (np.zeros((12, 1), np.uint8), r"not uint8 \(N,\)"),
    ):
        labels.write_bytes(idx(array))
        with pytest.raises(ValueError, match=message) as caught:
            load_idx("mnist", tmp_path, "train")
        assert "data fetch mnist" in str(caught.value)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(np.zeros((5, 28, 27), np.uint8)))
    with pytest.raises(ValueError, match=r"not uint8 \(N, 28, 28\)"):
        load_idx("mnist", tmp_path, "validation")
