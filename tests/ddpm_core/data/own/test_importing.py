"""Own pictures: files that other programs wrote come in as asked; whatever is wrong is refused or left out in words."""

import gzip
import io
import pickle
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from PIL import Image

from ddpm_core.data.own import container, importing, picture_sets
from ddpm_core.data.own.imported import Fit, Imported, ImportOptions
from ddpm_core.data.own.importing import read_source
from tests.support.files import RNG, encoded, idx, npy, npz, picture, png, write_mnist, written, zipped

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
KEEP = ImportOptions(size=0, channels=0)


def steps(imported: Imported, kind: str) -> list[dict[str, str | int]]:
    return [step.values for step in imported.steps if step.kind == kind]


def left_out(imported: Imported) -> dict[Any, Any]:
    return {step["file"]: step["why"] for step in steps(imported, "skipped")}


CATS_AND_DOGS = {f"pets/{kind}/{i}.png": picture() for kind in ("cats", "dogs") for i in range(3)}


class TestPictures:
    @pytest.mark.parametrize("pack", [zipped, None], ids=["zip", "folder"])
    def test_sub_folders_are_classes(self, tmp_path: Path, pack: Callable[..., bytes] | None) -> None:
        source = pack(CATS_AND_DOGS) if pack else written(tmp_path, CATS_AND_DOGS)
        got = read_source(source, "pets", KEEP)
        assert got.images.shape == (6, 16, 16, 3)
        assert got.labels.tolist() == [0, 0, 0, 1, 1, 1]
        assert got.class_names == ("cats", "dogs")
        with Image.open(io.BytesIO(CATS_AND_DOGS["pets/dogs/1.png"])) as image:
            np.testing.assert_array_equal(got.images[4], np.asarray(image))
        assert [step.kind for step in got.steps] == ["read", "classes"]

    def test_classes_are_the_first_folders_that_differ(self) -> None:
        files = {"a/b/10/x/1.png": picture(), "a/b/9/y/2.png": picture(), "a/b/9/3.png": picture()}
        got = read_source(zipped(files), "z")
        assert got.class_names == ("9", "10")
        assert got.labels.tolist() == [0, 0, 1]

    def test_pictures_beside_folders_and_without_any(self) -> None:
        loose = {f"{i}.png": picture() for i in range(4)}
        assert read_source(zipped(loose), "z").class_names == ()
        assert len(read_source(zipped(loose | {"more/5.png": picture()}), "z").images) == 5
        beside = read_source(zipped(loose | CATS_AND_DOGS | {"birds/1.png": picture()}), "z")
        assert beside.class_names == ("birds", "pets")
        assert left_out(beside) == dict.fromkeys(loose, "no_class")

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
    def test_every_kind_of_picture(self, kind: str) -> None:
        files = {f"{i}.{kind.lower()}": picture(24, 24, kind) for i in range(3)}
        got = read_source(zipped(files), "z", ImportOptions(size=12))
        assert got.images.shape == (3, 12, 12, 3)
        assert steps(got, "resized") == [{"count": 3, "from": "24×24", "to": "12×12", "fit": "crop"}]

    def test_mixed_sizes_modes_and_depths_are_brought_to_one(self) -> None:
        deep = encoded(Image.fromarray(np.full((20, 20), 32896, np.uint16)))
        clear = encoded(Image.new("RGBA", (16, 16), (200, 0, 0, 0)))
        exif = Image.Exif()
        exif[0x0112] = 6
        files = {
            "cmyk.jpg": encoded(Image.new("CMYK", (40, 30), (255, 0, 255, 0)), "JPEG"),
            "deep.png": deep,
            "clear.png": clear,
            "phone.jpg": encoded(Image.new("RGB", (30, 20), "red"), "JPEG", exif=exif),
            "moving.gif": encoded(
                Image.new("L", (16, 16)), "GIF", save_all=True, append_images=[Image.new("L", (16, 16), 9)]
            ),
            "one.png": encoded(Image.new("1", (16, 16), 1)),
            "small.png": picture(8, 8),
        }
        got = read_source(zipped(files), "z", KEEP)
        assert got.images.shape == (7, 16, 16, 3)
        assert (got.images[sorted(files).index("clear.png")] == 255).all()
        assert (got.images[sorted(files).index("deep.png")] == 128).all()
        assert {step.kind: step.values.get("count") for step in got.steps} == {
            "read": 7, "no_classes": None, "cmyk": 1, "deep": 1, "first_frame": 1, "flattened": 1, "turned": 1,
            "resized": 4,
        }  # fmt: skip
        assert steps(got, "resized")[0]["from"] == "mixed"

    def test_sixteen_bits_in_three_colours(self) -> None:
        rows = b"".join(b"\0" + struct.pack(">48H", *([0x8000, 0x10FF, 0xFFFF] * 16)) for _ in range(16))
        packed = zipped({f"{i}.png": png(16, 16, 16, 2, rows) for i in range(2)})
        got = read_source(packed, "z", KEEP)
        assert (got.images == (0x80, 0x10, 0xFF)).all()

    def test_size_and_colour_are_kept_where_all_agree(self) -> None:
        grey = {f"{i}.png": picture(28, 28, mode="L") for i in range(3)}
        got = read_source(zipped(grey), "z", KEEP)
        assert got.images.shape == (3, 28, 28, 1)
        assert read_source(zipped(grey), "z", ImportOptions(28)).images.shape == (3, 28, 28, 3)
        odd = {f"{i}.png": picture(27, 27) for i in range(3)}
        assert read_source(zipped(odd), "z", KEEP).images.shape == (3, 16, 16, 3)
        forced = read_source(zipped(CATS_AND_DOGS), "z", ImportOptions(16, channels=1))
        assert forced.images.shape == (6, 16, 16, 1)
        assert steps(forced, "grey") == [{"count": 6}]

    def test_crop_pad_and_stretch(self) -> None:
        wide = np.zeros((20, 40, 3), np.uint8)
        wide[:, 20:] = 200
        wide[[0, -1]] = wide[:, [0, -1]] = (0, 90, 0)
        files = {f"{i}.png": encoded(Image.fromarray(wide)) for i in range(2)}
        crop, pad, stretch = (
            read_source(zipped(files), "z", ImportOptions(20, fit=fit)).images[0] for fit in get_args(Fit)
        )
        np.testing.assert_array_equal(crop, wide[:, 10:30])
        assert (pad[[0, 1, -2, -1]] == (0, 90, 0)).all()  # on the colour of its edge
        assert abs(int(stretch[10, 4, 0]) - 0) < 20
        assert abs(int(stretch[10, 15, 0]) - 200) < 20

    @pytest.mark.parametrize("fit", get_args(Fit))
    def test_long_strips(self, fit: Fit) -> None:
        files = {
            "wide.png": png(1_000_000, 1, 8, 0, bytes(1_000_001)),
            "high.png": png(1, 1_000_000, 8, 0, bytes(2_000_000)),
        }
        got = read_source(zipped(files), "z", ImportOptions(16, fit=fit))
        assert got.images.shape == (2, 16, 16, 3)
        assert got.images.max() == 0

    def test_progress_counts_to_the_end(self) -> None:
        heard: list[tuple[int, int]] = []
        read_source(zipped(CATS_AND_DOGS), "z", progress=lambda *at: heard.append(at))
        assert heard == [(i, 6) for i in range(1, 7)]

    def test_names_in_chinese_survive_any_zip_program(self) -> None:
        marked = zipped({"猫/1.png": picture(), "狗/1.png": picture()})
        windows = zipped({"XXXX/1.png": picture(), "YYYY/1.png": picture()})
        windows = windows.replace(b"XXXX", "猫咪".encode("gb2312")).replace(b"YYYY", "小狗".encode("gb2312"))
        mac = zipped({"XXXXXX/1.png": picture(), "YYYYYY/1.png": picture()})
        mac = mac.replace(b"XXXXXX", "猫咪".encode()).replace(b"YYYYYY", "小狗".encode())
        assert set(read_source(marked, "z").class_names) == {"猫", "狗"}
        assert set(read_source(windows, "z").class_names) == {"猫咪", "小狗"}
        assert set(read_source(mac, "z").class_names) == {"猫咪", "小狗"}

    def test_what_cannot_be_used_is_left_out_and_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(picture_sets, "MAX_BYTES", 100_000)
        files = CATS_AND_DOGS | {
            "pets/readme.txt": b"hello",
            "pets/cats/cut.png": picture(64, 64)[:-200],
            "pets/cats/huge.png": png(20_000, 20_000, 8, 2, b""),
            "pets/cats/wide.png": png(6_000, 6_000, 8, 2, b""),
            "pets/cats/text.png": b"no picture",
            "pets/cats/heavy.bmp": picture(300, 200, "BMP"),
            "pets/inner.zip": zipped({"1.png": picture()}),
            "__MACOSX/pets/cats/._1.png": b"litter",
            "pets/cats/.hidden.png": b"litter",
            "pets/cats/Thumbs.db": b"litter",
        }
        got = read_source(zipped(files), "z")
        assert len(got.images) == 6
        assert left_out(got) == {
            "pets/readme.txt": "no_picture",
            "pets/cats/cut.png": "damaged",
            "pets/cats/huge.png": "too_large",
            "pets/cats/wide.png": "too_large",
            "pets/cats/text.png": "no_picture",
            "pets/cats/heavy.bmp": "too_large",
            "pets/inner.zip": "archive",
        }

    def test_many_that_are_left_out_are_counted(self) -> None:
        got = read_source(zipped(CATS_AND_DOGS | {f"{i}.txt": b"x" for i in range(25)}), "z")
        assert len(steps(got, "skipped")) == 10
        assert steps(got, "skipped_more") == [{"count": 15}]

    def test_a_class_without_a_readable_picture_is_no_class(self) -> None:
        got = read_source(zipped(CATS_AND_DOGS | {"pets/ants/1.png": b"?", "pets/elks/1.png": picture()}), "z")
        assert got.class_names == ("cats", "dogs", "elks")
        assert got.labels.tolist() == [0, 0, 0, 1, 1, 1, 2]
        only = {name: content for name, content in CATS_AND_DOGS.items() if "dogs" in name}
        alone = read_source(zipped(only | {"pets/ants/1.png": b"?"}), "z")
        assert steps(alone, "one_class") == [{"name": "dogs"}]

    def test_links_in_folders_and_zips_are_not_followed(self, tmp_path: Path) -> None:
        folder = written(tmp_path / "pets", CATS_AND_DOGS)
        (folder / "link.png").symlink_to(tmp_path / "pets" / "pets" / "cats" / "0.png")
        (folder / "up").symlink_to(tmp_path, target_is_directory=True)
        got = read_source(folder, "pets")
        assert len(got.images) == 6
        assert left_out(got) == {"link.png": "link"}
        link = zipfile.ZipInfo("pets/cats/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        out = io.BytesIO(zipped(CATS_AND_DOGS))
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(link, "/etc/passwd")
        assert left_out(read_source(out.getvalue(), "z")) == {"pets/cats/link.png": "link"}


class TestZips:
    @pytest.mark.parametrize(
        "evil", ["../evil.png", "a/../../evil.png", "/etc/evil.png", "C:\\evil.png", "..\\evil.png"]
    )
    def test_a_zip_that_leads_out_of_itself_is_refused(self, tmp_path: Path, evil: str) -> None:
        with pytest.raises(ValueError, match="names a file outside of itself"):
            read_source(zipped(CATS_AND_DOGS | {evil: picture()}), "evil.zip")
        assert list(tmp_path.iterdir()) == []

    def test_a_member_without_a_name_is_passed_over(self) -> None:
        nameless = zipped(CATS_AND_DOGS | {"XXXX": "?"}).replace(b"XXXX", b"\0\0\0\0")
        assert len(read_source(nameless, "z").images) == 6

    def test_an_encrypted_zip_is_refused(self) -> None:
        content = bytearray(zipped({"1.png": picture()}))
        content[6] |= 1  # the flag in the file's header, and in the directory
        content[content.index(b"PK\x01\x02") + 8] |= 1
        with pytest.raises(ValueError, match=r"secret\.zip is encrypted\. Pack it again without a password"):
            read_source(bytes(content), "secret.zip")

    def test_a_bomb_is_refused_before_it_goes_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(container, "MAX_UNPACKED", 3_000_000)
        bomb = zipped({f"{i}.png": bytes(1_000_000) for i in range(4)})
        assert len(bomb) < 10_000
        with pytest.raises(ValueError, match="would unpack to 4 files of 4 MB; allowed"):
            read_source(bomb, "bomb.zip")
        monkeypatch.setattr(container, "MAX_FILES", 3)
        with pytest.raises(ValueError, match="holds more than 3 files"):
            read_source(zipped({f"{i}.png": picture() for i in range(4)}), "many.zip")

    def test_a_member_that_holds_more_than_it_says_is_damaged(self) -> None:
        content = bytearray(zipped({"1.png": picture(), "2.png": picture(64, 64), "3.png": picture()}))
        place = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 1)
        content[place + 24 : place + 28] = struct.pack("<I", 100)
        got = read_source(bytes(content), "liar.zip")
        assert left_out(got) == {"2.png": "damaged"}

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (zipped({}), "holds no pictures .no files at all.; allowed: a folder or .zip"),
            (zipped({"notes.txt": b"x"}), "1 files, such as notes.txt"),
            (zipped({"inner.zip": zipped({"1.png": picture()})}), "1 files, such as inner.zip"),
            (
                zipped({"1.png": b"?", "2.png": b"?"}),
                r"None of the 2 pictures of my\.zip can be read. The first: 1\.png",
            ),
            (zipped(CATS_AND_DOGS)[:200], "no zip that can be read"),
            (b"PK\x03\x04", "no zip that can be read"),
            (b"", "is empty, and is none of the files that can be read; allowed"),
            (picture(), "my.zip is one picture; allowed: 2 or more, in a folder or .zip"),
            (b"Rar!\x1a\x07\x00", "begins with 52 61 72 21"),
        ],
        ids="empty text nested unreadable cut header nothing picture rar".split(),
    )
    def test_what_holds_no_pictures_says_so(self, content: bytes, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            read_source(content, "my.zip")

    def test_rare_methods_of_packing_are_left_out(self) -> None:
        out = io.BytesIO(zipped(CATS_AND_DOGS))
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr("pets/cats/rare.png", picture(), compress_type=zipfile.ZIP_LZMA)
        assert left_out(read_source(out.getvalue(), "z")) == {"pets/cats/rare.png": "method"}

    def test_too_many_pictures_or_classes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        many = zipped({f"{i}/1.png": picture() for i in range(101)})
        with pytest.raises(ValueError, match="101 folders of pictures; allowed: up to 100"):
            read_source(many, "z")
        monkeypatch.setattr(picture_sets, "MAX_VALUES", 5 * 3 * 16 * 16)
        with pytest.raises(ValueError, match="holds 6 pictures; allowed at 16×16: up to 5"):
            read_source(zipped(CATS_AND_DOGS), "z")


SPRITES = RNG.integers(0, 256, (40, 16, 16, 3), np.uint8)
ONE_HOT = np.eye(5)[RNG.integers(0, 5, 40)]


class TestArrays:
    def test_the_courses_arrays_come_in_as_they_are(self, tmp_path: Path) -> None:
        np.save(tmp_path / "sprites_1788_16x16.npy", SPRITES)
        np.save(tmp_path / "sprite_labels_nc_1788_16x16.npy", ONE_HOT)
        images, labels = tmp_path / "sprites_1788_16x16.npy", tmp_path / "sprite_labels_nc_1788_16x16.npy"
        for got in (
            read_source(images, images.name, labels=labels),
            read_source(images, images.name, labels=labels.read_bytes()),
            read_source(tmp_path, "both"),
            read_source(zipped({path.name: path.read_bytes() for path in (images, labels)}), "both.zip"),
        ):
            np.testing.assert_array_equal(got.images, SPRITES)
            np.testing.assert_array_equal(got.labels, ONE_HOT.argmax(1))
            assert got.class_names == ("0", "1", "2", "3", "4")
            assert steps(got, "one_hot") == [{"count": 5}]
            assert not steps(got, "resized")
            assert got.images.flags.writeable

    @pytest.mark.parametrize("compressed", [False, True])
    def test_npz_with_names_that_are_known(self, tmp_path: Path, compressed: bool) -> None:
        digits, names = RNG.integers(0, 256, (10, 28, 28), np.uint8), np.arange(10) % 3
        content = npz(compressed, x_train=digits, y_train=names, x_test=digits[:4], y_test=names[:4])
        (tmp_path / "mnist.npz").write_bytes(content)
        for source in (content, tmp_path / "mnist.npz"):
            got = read_source(source, "mnist.npz", KEEP)
            np.testing.assert_array_equal(got.images[..., 0], digits)
            assert got.labels.tolist() == names.tolist()
            assert set(left_out(got)) == {"x_test.npy", "y_test.npy"}

    def test_an_npz_without_labels(self) -> None:
        got = read_source(npz(arr_0=SPRITES), "a.npz")
        assert got.class_names == ()
        assert got.labels.tolist() == [0] * 40

    def test_labels_as_numbers_words_and_columns(self) -> None:
        def classes(labels: Any) -> tuple[list[int], tuple[str, ...]]:
            got = read_source(npy(SPRITES[:4]), "a.npy", labels=npy(np.asarray(labels)))
            return got.labels.tolist(), got.class_names

        assert classes([7, 3, 7, -1]) == ([2, 1, 2, 0], ("-1", "3", "7"))
        assert classes([[1], [0], [1], [2]]) == ([1, 0, 1, 2], ("0", "1", "2"))
        assert classes([2.0, 0.0, 1.0, 0.0]) == ([2, 0, 1, 0], ("0", "1", "2"))
        assert classes(["cat", "dog", "cat", "ant"]) == ([1, 2, 1, 0], ("ant", "cat", "dog"))
        assert classes([[True, False], [False, True], [True, False], [True, False]]) == ([0, 1, 0, 0], ("0", "1"))
        assert classes(np.array([1, 2, 1, 1], ">i2")) == ([0, 1, 0, 0], ("1", "2"))

    @pytest.mark.parametrize("dtype", ["bool", "int8", ">u2", "<i4", "int64", "uint64"])
    def test_whole_numbers_that_are_bytes_are_taken_exactly(self, dtype: str) -> None:
        for order in ("C", "F"):
            values = RNG.integers(0, 2 if dtype == "bool" else 128, (5, 8, 8, 3)).astype(dtype, order=order)
            got = read_source(npy(values), "a.npy", KEEP)
            np.testing.assert_array_equal(got.images, values.astype(np.uint8) * (255 if dtype == "bool" else 1))
            assert steps(got, "read")[0]["type"] == str(values.dtype)

    def test_an_array_of_another_size_is_fitted(self) -> None:
        got = read_source(npy(RNG.integers(0, 256, (3, 20, 30), np.uint8)), "a.npy", ImportOptions(12, 3))
        assert got.images.shape == (3, 12, 12, 3)
        assert [step.kind for step in got.steps] == ["read", "no_classes", "resized", "colour"]

    def test_idx_files_alone_in_folders_and_in_zips(self, tmp_path: Path) -> None:
        digits, names = RNG.integers(0, 256, (6, 28, 28), np.uint8), (np.arange(6) % 2).astype(np.uint8)
        alone = read_source(gzip.compress(idx(digits)), "d.gz", KEEP, labels=idx(names))
        np.testing.assert_array_equal(alone.images[..., 0], digits)
        assert alone.labels.tolist() == [0, 1, 0, 1, 0, 1]
        write_mnist(tmp_path, 12, 5, compressed=True)
        packed = zipped({path.name: path.read_bytes() for path in tmp_path.iterdir()})
        for source in (tmp_path, packed):
            got = read_source(source, "mnist", KEEP)
            assert got.images.shape == (12, 28, 28, 1)
            assert len(got.class_names) == 10
            assert len(left_out(got)) == 2

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (npy(SPRITES / 255), r"float64 values from 0 to 1; allowed: uint8.*np\.round\(x \* 255\)"),
            (npy((SPRITES / 127.5 - 1).astype("f4")), r"float32 values from -1 to 1.*\(x \+ 1\) \* 127\.5"),
            (npy(SPRITES.astype(float)), r"float64 values from 0 to 255.*np\.round\(x\)"),
            (npy(SPRITES.astype(int) * 2), "int64 values from 0 to 5.. *; allowed: 0 to 255"),
            (npy(SPRITES.astype(int) - 1), "int64 values from -1 to"),
            (npy(np.array([{"a": 1}], object), allow_pickle=True), r"holds Python objects \(a pickle\).*never loaded"),
            (npy(SPRITES.astype(complex)), "values of type complex128"),
            (npy(np.zeros(3, [("a", "i4")])), "values of type"),
            (npy(SPRITES.transpose(0, 3, 1, 2)), r"channels first; allowed: \(N, H, W, C\).*transpose\(0, 2, 3, 1\)"),
            (npy(np.zeros((4, 8, 8, 4), np.uint8)), r"shape \(4, 8, 8, 4\).*Save x\[\.\.\., :3\]"),
            (npy(np.zeros((4, 8, 8, 5), np.uint8)), r"shape \(4, 8, 8, 5\)"),
            (npy(np.zeros((4, 784), np.uint8)), r"holds no pictures.*\(4, 784\).*reshape\(-1, 28, 28\)"),
            (npy(np.zeros((0, 8, 8), np.uint8)), "there is nothing in it"),
            (npy(np.uint8(3)), "holds no pictures"),
            (npy(SPRITES)[:-5], r"header says \(40, 16, 16, 3\) of uint8, but 30715 bytes follow"),
            (npy(SPRITES)[:20], r"no \.npy file that can be read"),
            (npy(SPRITES).replace(b"(40, 16, 16, 3)", b"(4000000000, 9)"), "is damaged: its header says"),
            (pickle.dumps(SPRITES), "is none of the files that can be read"),
            (npz(a=SPRITES, b=SPRITES), r"several arrays that may be the images: a\.npy, b\.npy. Name one 'images'"),
            (npz(x=SPRITES, y=np.zeros(39, int)), "39 labels for 40 pictures"),
            (npz(x=SPRITES, a=np.zeros(40), b=np.zeros(40)), "several arrays that may be the labels"),
        ],
        ids=lambda value: "" if isinstance(value, bytes) else None,
    )
    def test_what_is_refused_says_what_mends_it(self, content: bytes, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            read_source(content, "mine.npy")

    @pytest.mark.parametrize(
        ("labels", "message"),
        [
            (np.arange(39), "holds 39 labels for 40 pictures; allowed: one each"),
            (np.zeros((40, 3)), r"is not one-hot: row 0 is \[0\.0, 0\.0, 0\.0\]; allowed: a single 1"),
            (np.vstack([np.eye(2)[[0] * 39], [[0.5, 0.5]]]), "row 39 is"),
            (np.full((40, 2), np.nan), "row 0 is"),
            (np.linspace(0, 1, 40), "holds the label 0.0256"),
            (np.array([np.nan] * 40), "holds the label nan"),
            (np.array([np.inf] * 40), "an infinite label"),
            (np.arange(40 * 8).reshape(40, 2, 4), r"has the shape \(40, 2, 4\); allowed: \(N,\)"),
            (np.zeros((40, 101)), "holds 101 classes; allowed: 1 to 100"),
        ],
    )
    def test_labels_that_are_refused(self, labels: np.ndarray, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            read_source(npy(SPRITES), "a.npy", labels=npy(labels))

    def test_labels_belong_to_arrays(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="a file of labels belongs to an array"):
            read_source(zipped(CATS_AND_DOGS), "z", labels=npy(np.zeros(6)))
        with pytest.raises(ValueError, match=r"nowhere\.npy: there is no such file"):
            read_source(npy(SPRITES), "a.npy", labels=tmp_path / "nowhere.npy")
        with pytest.raises(ValueError, match="holds 2 arrays; allowed: one, the labels"):
            read_source(npy(SPRITES), "a.npy", labels=npz(a=ONE_HOT, b=ONE_HOT))
        got = read_source(npy(SPRITES), "a.npy", labels=npz(labels=ONE_HOT))
        np.testing.assert_array_equal(got.labels, ONE_HOT.argmax(1))

    def test_arrays_that_are_too_large_are_not_unpacked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importing, "MAX_ARRAY_BYTES", 10_000)
        with pytest.raises(ValueError, match="holds arrays of 0 MB; allowed: 0 MB"):
            read_source(npz(x=SPRITES), "a.npz")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 18}, r"size is 18; allowed: multiples of 4 from 8 to 64, or 0"),
        ({"size": 4}, "size is 4"),
        ({"size": 68}, "size is 68"),
        ({"channels": 2}, "channels is 2; allowed: 1 .grey., 3 .colour. or 0"),
        ({"fit": "squash"}, "fit is 'squash'; allowed: crop, pad, stretch"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ImportOptions(**options)


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no such file or folder"):
        read_source(tmp_path / "nowhere", "nowhere")
    with pytest.raises(ValueError, match="holds no pictures"):
        read_source(tmp_path, "empty")
