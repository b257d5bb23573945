"""Downloads, from servers of our own: the next mirror is tried, and a failure leaves nothing behind."""

import gzip
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from ddpm_core.data import fetch
from ddpm_core.data.idx_sets import IDX_SETS, fetch_idx, load_idx
from tests.support.files import write_mnist

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]
MNIST = Path(__file__).resolve().parents[3] / "data" / "mnist"
NOWHERE = "http://127.0.0.1:9/"


def whole(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def breaks_halfway(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.wfile.flush()
    handler.close_connection = True


def cut_off(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    whole(handler, content[:-20])


def other_content(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    whole(handler, gzip.compress(gzip.decompress(content)[::-1]))


def login_page(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    whole(handler, b"<html>Please log in to the hotel's network</html>")


def not_found(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    handler.send_error(404)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of small files in the place of MNIST's, whose checksums it takes."""
    folder = tmp_path / "served"
    write_mnist(folder, compressed=True)
    md5 = {
        f: hashlib.md5(gzip.decompress((folder / f"{f}.gz").read_bytes())).hexdigest() for f in IDX_SETS["mnist"].md5
    }
    for name in ("mnist", "fashion_mnist"):
        monkeypatch.setitem(IDX_SETS, name, replace(IDX_SETS[name], md5=md5))
    return folder


@pytest.fixture
def mirror(served: Path) -> Iterator[Callable[[Answer], str]]:
    """mirror(answer): the address of a server that answers so; asked counts its requests."""
    servers = []

    def start(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self, (served / self.path.strip("/")).read_bytes())

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_fetch_puts_four_whole_files_there(tmp_path, monkeypatch, mirror, name):
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path))
    monkeypatch.setitem(IDX_SETS, name, replace(IDX_SETS[name], mirrors=(mirror(whole),)))
    folder = fetch(name)
    assert folder == tmp_path / name
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{file}.gz" for file in IDX_SETS[name].md5)
    assert load_idx(name, folder, "validation")[1].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("bad", [not_found, breaks_halfway, cut_off, other_content, login_page])
def test_the_next_mirror_is_tried(tmp_path, mirror, bad):
    folder = tmp_path / "mnist"
    fetch_idx("mnist", folder, (NOWHERE, mirror(bad), mirror(whole)))
    assert len(load_idx("mnist", folder, "train")[1]) == 12
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (not_found, "404 Client Error: Not Found\n"),
        (breaks_halfway, "the connection broke off half-way"),
        (cut_off, "checksum is wrong"),
        (other_content, "checksum is wrong"),
        (login_page, "checksum is wrong"),
    ],
)
def test_a_failed_fetch_leaves_nothing_and_says_what_to_do(tmp_path, mirror, bad, said):
    folder, address = tmp_path / "mnist", mirror(bad)
    with pytest.raises(OSError, match=said) as caught:
        fetch_idx("mnist", folder, (NOWHERE, address))
    message = str(caught.value)
    assert f"{NOWHERE}train-images-idx3-ubyte.gz: no connection\n" in message
    assert address in message
    assert f"copy these four files into {folder}: train-images-idx3-ubyte.gz, train-labels" in message
    assert not folder.exists()


def test_what_is_there_is_kept_and_what_is_damaged_is_fetched_again(tmp_path, mirror):
    folder, address = tmp_path / "mnist", mirror(whole)
    fetch_idx("mnist", folder, (address,))
    fetch_idx("mnist", folder, (NOWHERE,))  # all there: nothing is asked of the network
    raw = folder / "train-labels-idx1-ubyte"
    raw.with_suffix(".gz").write_bytes(b"\x1f\x8bbroken")
    raw.write_bytes(b"broken too")
    fetch_idx("mnist", folder, (address,))
    assert not raw.exists()
    assert len(load_idx("mnist", folder, "train")[1]) == 12


def test_what_a_killed_download_left_goes_with_the_next_one(tmp_path, mirror):
    folder = tmp_path / "mnist"
    left, under_way = folder / "fetch-killed", folder / "fetch-by-another-program"
    for scratch in (left, under_way):
        scratch.mkdir(parents=True)
        (scratch / "half").write_bytes(b"half")
    os.utime(left, (1e9, 1e9))
    fetch_idx("mnist", folder, (mirror(whole),))
    assert not left.exists()
    assert under_way.exists()


def test_only_what_lies_in_files_is_fetched():
    with pytest.raises(ValueError, match=r"'sprites'; allowed: mnist, fashion_mnist"):
        fetch("sprites")


def test_the_sets_are_of_four_files_each_and_have_two_mirrors():
    for kind in IDX_SETS.values():
        assert set(kind.md5) == {f"{p}-{k}-ubyte" for p in ("train", "t10k") for k in ("images-idx3", "labels-idx1")}
        assert all(len(md5) == 32 for md5 in kind.md5.values())
        assert len(kind.mirrors) >= 2
    assert not set(IDX_SETS["mnist"].md5.values()) & set(IDX_SETS["fashion_mnist"].md5.values())


@pytest.mark.skipif(not MNIST.is_dir(), reason="MNIST is not on this computer")
def test_the_checksums_are_those_of_the_real_files():
    fetch_idx("mnist", MNIST, (NOWHERE,))  # a file that is there is not fetched
    images, labels = load_idx("mnist", MNIST, "train")
    assert images.shape == (60_000, 28, 28, 1)
    assert np.bincount(labels).tolist()[:2] == [5923, 6742]
