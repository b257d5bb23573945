"""IDX files and MNIST: read whole or refused with a remedy; downloads from a server of our own."""

import gzip
import hashlib
import struct
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ddpm_core.config import DataConfig
from ddpm_core.data import data_dir, fetch, files, load_dataset
from ddpm_core.data.files import fetch_mnist, load_mnist, read_idx


def idx(array: np.ndarray, code: int = 8) -> bytes:
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_mnist(folder: Path, num_train: int = 12, num_test: int = 5, compressed: bool = False) -> None:
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    for prefix, num in (("train", num_train), ("t10k", num_test)):
        for kind, array in (
            ("images-idx3", rng.integers(0, 256, (num, 28, 28), np.uint8)),
            ("labels-idx1", (np.arange(num) % 10).astype(np.uint8)),
        ):
            content = idx(array)
            name = f"{prefix}-{kind}-ubyte"
            (folder / (name + ".gz" * compressed)).write_bytes(gzip.compress(content) if compressed else content)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(("code", "dtype"), [(8, "u1"), (9, "i1"), (11, "i2"), (12, "i4"), (13, "f4"), (14, "f8")])
def test_reads_back_what_was_written(tmp_path, code, dtype, compressed):
    array = np.arange(-12, 12).astype(dtype).reshape(2, 3, 4)
    path = tmp_path / "some-file"
    path.write_bytes(gzip.compress(idx(array, code)) if compressed else idx(array, code))
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
        (struct.pack(">HBB2I", 0, 8, 2, 2**32 - 1, 2**32 - 1), "not 1 to 2147483648"),
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


@pytest.mark.parametrize("compressed", [False, True])
def test_mnist_through_the_front_door(tmp_path, monkeypatch, compressed):
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path))
    write_mnist(tmp_path / "mnist", compressed=compressed)
    assert data_dir() == tmp_path
    everything = load_dataset(DataConfig("mnist", num_pictures=0, num_validation=5), "train")
    assert everything.images.shape == (12, 28, 28, 1)
    assert everything.info.class_names == tuple("0123456789")
    few = load_dataset(DataConfig("mnist", num_pictures=7, num_validation=5), "train")
    np.testing.assert_array_equal(few.images, everything.images[:7])
    test = load_dataset(DataConfig("mnist", num_pictures=7, num_validation=4), "validation")
    assert test.labels.tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="num_pictures is 13; allowed: 1 to 12 for mnist, or 0 for all"):
        load_dataset(DataConfig("mnist", num_pictures=13), "train")


def test_mnist_files_must_belong_together(tmp_path):
    with pytest.raises(ValueError, match=r"holds no train-images.*data fetch mnist"):
        load_mnist(tmp_path, "train")
    write_mnist(tmp_path)
    labels = tmp_path / "train-labels-idx1-ubyte"
    for array, message in (
        (np.zeros(11, np.uint8), "11 labels for the 12 pictures"),
        (np.full(12, 10, np.uint8), "a label 10, above 9"),
        (np.zeros((12, 1), np.uint8), r"not uint8 \(N,\)"),
    ):
        labels.write_bytes(idx(array))
        with pytest.raises(ValueError, match=message):
            load_mnist(tmp_path, "train")
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(np.zeros((5, 28, 27), np.uint8)))
    with pytest.raises(ValueError, match=r"not uint8 \(N, 28, 28\)"):
        load_mnist(tmp_path, "test")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A mirror in served/: its address, with small files' checksums in place of MNIST's."""
    served = tmp_path / "served"
    write_mnist(served, compressed=True)
    for name in files.MD5:
        content = gzip.decompress((served / f"{name}.gz").read_bytes())
        monkeypatch.setitem(files.MD5, name, hashlib.md5(content).hexdigest())
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(served))) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}/"
        httpd.shutdown()


NOWHERE = "http://127.0.0.1:9/"


def test_fetch_tries_the_next_mirror_and_repairs(tmp_path, monkeypatch, server):
    monkeypatch.setattr(files, "MIRRORS", (NOWHERE, server))
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path))
    folder = tmp_path / "mnist"
    fetch_mnist(folder, (NOWHERE, server))
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.gz" for name in files.MD5)
    assert load_mnist(folder, "test")[1].tolist() == [0, 1, 2, 3, 4]

    (folder / "train-labels-idx1-ubyte.gz").write_bytes(b"\x1f\x8bbroken")
    fetch_mnist(folder, (server,))
    assert len(load_mnist(folder, "train")[1]) == 12
    fetch_mnist(folder, (NOWHERE,))  # all there: nothing is asked of the network
    with pytest.raises(ValueError, match="'sprites'; allowed: mnist"):
        fetch("sprites")


def test_a_failed_fetch_leaves_nothing_and_says_what_to_do(tmp_path, server):
    served = tmp_path / "served" / "train-images-idx3-ubyte.gz"
    served.write_bytes(served.read_bytes()[:-20])
    folder = tmp_path / "mnist"
    with pytest.raises(OSError, match="checksum is wrong") as caught:
        fetch_mnist(folder, (NOWHERE, server))
    message = str(caught.value)
    assert NOWHERE in message
    assert server in message
    assert f"copy these four files into {folder}: train-images-idx3-ubyte.gz, train-labels" in message
    assert list(folder.iterdir()) == []
