"""Own datasets: kept whole or not at all, found again by name, split without overlap, and safe to add to."""

import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from ddpm_core.config import DataConfig
from ddpm_core.data import DataInfo, dataset_names, load_dataset, num_training
from ddpm_core.data.idx_sets import IDX_SETS
from ddpm_core.data.own import files
from ddpm_core.data.own.datasets import (  # fmt: skip
    add_pictures,
    delete_own,
    dropped_in,
    own_datasets,
    remove_last,
    save_own,
    suggest_name,
)
from ddpm_core.data.own.files import is_own, load_own, read_description
from ddpm_core.data.own.imported import Imported, ImportOptions, Step
from ddpm_core.data.own.importing import read_source
from ddpm_core.data.registry import _DRAWN
from ddpm_core.data.split import split_order
from tests.support.files import npy, written, zipped

STEPS = (Step("read", {"count": 40, "what": "pictures"}), Step("classes", {"count": 2}))


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DDPM_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def pictures(num: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (num, 8, 8, 3), np.uint8)


def imported(num: int = 40, names: tuple[str, ...] = ("cat", "dog"), seed: int = 0) -> Imported:
    labels = np.sort(np.arange(num, dtype=np.int64) % max(len(names), 1))  # one class after the other, as folders are
    return Imported(pictures(num, seed), labels, names, "pets.zip", STEPS)


def keys(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}


def test_what_was_saved_is_there_under_its_name(data):
    info = save_own("pets", imported())
    assert info == DataInfo("pets", 8, 8, 3, ("cat", "dog"))
    assert own_datasets() == {"pets": info}
    assert dataset_names()[-1] == "pets"
    assert is_own("pets")
    got = load_own("pets")
    np.testing.assert_array_equal(got.images, imported().images)
    np.testing.assert_array_equal(got.labels, imported().labels)
    assert read_description("pets").steps == STEPS
    assert read_description("pets").source == "pets.zip"
    assert sorted(path.name for path in (data / "pets").iterdir()) == ["dataset.json", "images.npy", "labels.npy"]
    assert [path.name for path in data.iterdir() if path.suffix == ".part"] == []


def test_other_programs_can_read_the_files(data):
    save_own("pets", imported())
    assert np.load(data / "pets" / "images.npy", allow_pickle=False).shape == (40, 8, 8, 3)
    assert json.loads((data / "pets" / "dataset.json").read_text("utf-8"))["class_names"] == ["cat", "dog"]


class TestSplit:
    def test_no_picture_is_on_both_sides_and_none_is_lost(self):
        save_own("pets", imported(200))
        train = load_dataset(DataConfig("pets", num_pictures=0), "train")
        held_out = load_dataset(DataConfig("pets", num_pictures=0), "validation")
        assert (len(train.images), len(held_out.images)) == (180, 20)
        assert num_training("pets") == 180
        assert not keys(train.images) & keys(held_out.images)
        assert keys(train.images) | keys(held_out.images) == keys(load_own("pets").images)
        assert np.bincount(held_out.labels).tolist() == [10, 10]

    def test_it_does_not_depend_on_the_config(self):
        save_own("pets", imported(200))
        few = load_dataset(DataConfig("pets", num_pictures=30, num_validation=4, seed=3), "train")
        everything = load_dataset(DataConfig("pets", num_pictures=0), "train")
        np.testing.assert_array_equal(few.images, everything.images[:30])
        assert sorted(few.labels[:6].tolist()) == [0, 0, 0, 1, 1, 1]
        four = load_dataset(DataConfig("pets", num_validation=4, seed=3), "validation")
        whole = load_dataset(DataConfig("pets"), "validation")
        np.testing.assert_array_equal(four.images, whole.images[:4])

    @pytest.mark.parametrize(("num", "held_out"), [(2, 1), (3, 1), (4, 1), (5, 1), (14, 1), (15, 2), (1000, 100)])
    def test_one_in_ten_and_at_least_one_is_held_out(self, num, held_out):
        order, count = split_order(pictures(num), np.zeros(num, np.int64))
        assert count == held_out
        assert sorted(order.tolist()) == list(range(num))

    def test_small_classes_keep_a_picture_to_train_on(self):
        labels = np.arange(30) % 10  # three of each
        order, count = split_order(pictures(30), labels)
        assert count == 1
        assert set(labels[order[count:]]) == set(range(10))

    def test_pictures_that_are_added_leave_nearly_all_others_on_their_side(self):
        before, more = pictures(500), pictures(520)[500:]
        order, count = split_order(before, np.zeros(500, np.int64))
        everything = np.concatenate([before, more])
        again, more_count = split_order(everything, np.zeros(520, np.int64))
        moved = keys(before[order[:count]]) - keys(everything[again[:more_count]])
        assert len(moved) <= 3

    def test_more_than_there_are(self):
        save_own("pets", imported(20))
        with pytest.raises(ValueError, match=r"num_pictures is 19; allowed: 1 to 18 for pets \(2 more are held out\)"):
            load_dataset(DataConfig("pets", num_pictures=19), "train")
        assert len(load_dataset(DataConfig("pets", num_validation=512), "validation").images) == 2

    def test_one_picture_cannot_be_trained_on(self):
        add_pictures("mine", pictures(1), "cat")
        with pytest.raises(ValueError, match="mine has 1 picture; allowed: 2 or more"):
            load_dataset(DataConfig("mine"), "train")
        with pytest.raises(ValueError, match=r"pets\.zip holds 1 picture; allowed: 2 or more"):
            save_own("pets", imported(1))


class TestNames:
    @pytest.mark.parametrize("name", ["a", "My_cats-2", "猫", "9lives", "é", "x" * 40])
    def test_good_names(self, name):
        save_own(name, imported())
        assert name in own_datasets()

    @pytest.mark.parametrize(
        "name", ["", "a b", "../x", "a/b", "a.b", "-a", "_a", ".a", "x" * 41, "e\u0301", "a\n", "a\0"]
    )
    def test_bad_names(self, data, name):
        with pytest.raises(ValueError, match="allowed: 1 to 40 letters"):
            save_own(name, imported())
        assert not is_own(name)
        assert [path for path in data.iterdir() if path.name != ".own.lock"] == []

    @pytest.mark.parametrize("name", ["sprites", "MNIST", "upload", "moons", "con", "LPT1", "points"])
    def test_reserved_names(self, name):
        with pytest.raises(ValueError, match=r"is reserved\. Choose another"):
            save_own(name, imported())

    def test_every_dataset_of_the_app_is_reserved(self):
        assert {*_DRAWN, *IDX_SETS} <= set(files.RESERVED)

    def test_taken_names_whatever_their_case(self, data):
        save_own("Pets", imported())
        (data / "photos").mkdir()
        for name in ("Pets", "pets", "photos"):
            with pytest.raises(ValueError, match="is taken"):
                save_own(name, imported())
        np.testing.assert_array_equal(load_own("Pets").images, imported().images)

    @pytest.mark.parametrize(
        ("source", "name"),
        [
            ("My Cats (2).zip", "my_cats_2"),
            ("mnist.npz", "mnist-2"),
            ("train-images-idx3-ubyte.gz", "train-images-idx3-ubyte"),
            ("猫.zip", "猫"),
            ("....", "pictures"),
            ("", "pictures"),
            ("a/b/c.npy", "c"),
            ("x" * 80 + ".npy", "x" * 34),
            ("_.zip", "pictures"),
        ],
    )
    def test_a_free_name_is_suggested(self, source, name):
        assert suggest_name(source) == name
        save_own(suggest_name(source), imported())
        assert suggest_name(source) not in ("", name)


class TestAdding:
    def test_a_drawing_makes_a_dataset_and_the_next_joins_it(self):
        assert add_pictures("mine", pictures(1), " my  cat\n") == DataInfo("mine", 8, 8, 3, ("my cat",))
        assert add_pictures("mine", pictures(2, seed=1), "dog").class_names == ("my cat", "dog")
        add_pictures("mine", pictures(1, seed=2), "my cat")
        got = load_own("mine")
        assert got.labels.tolist() == [0, 1, 1, 0]
        np.testing.assert_array_equal(got.images, np.concatenate([pictures(1), pictures(2, 1), pictures(1, 2)]))
        assert [step.kind for step in read_description("mine").steps] == ["drawn"]

    def test_without_classes(self):
        add_pictures("mine", pictures(2))
        assert add_pictures("mine", pictures(1, 1)).class_names == ()
        with pytest.raises(ValueError, match="the class is 'cat'; allowed: none, as no picture of mine has one"):
            add_pictures("mine", pictures(1), "cat")

    def test_what_does_not_fit_changes_nothing(self):
        save_own("pets", imported())
        content = read_description("pets").content
        with pytest.raises(ValueError, match="the class is ''; allowed: a class, as every picture of pets has one"):
            add_pictures("pets", pictures(1))
        with pytest.raises(
            ValueError, match=r"pictures' size is \(16, 16, 3\); allowed: \(8, 8, 3\), as those of pets"
        ):
            add_pictures("pets", np.zeros((1, 16, 16, 3), np.uint8), "cat")
        with pytest.raises(ValueError, match=r"shape is \(8, 8, 3\); allowed: \(N, H, W, C\)"):
            add_pictures("pets", pictures(1)[0], "cat")
        with pytest.raises(ValueError, match="images' dtype is 'float64'; allowed: uint8"):
            add_pictures("pets", pictures(1) / 2, "cat")
        assert read_description("pets").content == content

    def test_content_changes_with_pictures_and_classes(self):
        contents = set()
        for i, (names, seed) in enumerate([(("cat", "dog"), 0), (("cat", "dog"), 1), (("cat", "ant"), 0)]):
            save_own(f"pets{i}", imported(names=names, seed=seed))
            contents.add(read_description(f"pets{i}").content)
        save_own("again", imported())
        assert len(contents) == 3
        assert read_description("again").content in contents

    def test_two_at_once_lose_nothing(self):
        add_pictures("mine", pictures(1), "cat")

        def add(seed: int) -> None:
            for i in range(5):
                add_pictures("mine", pictures(1, seed * 10 + i), "cat")

        threads = [threading.Thread(target=add, args=(seed,)) for seed in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(keys(load_own("mine").images)) == 11

    def test_a_writer_that_dies_half_way_changes_nothing(self, data, monkeypatch):
        save_own("pets", imported())
        before = load_own("pets")
        saved, calls = np.save, []

        def dies(*args: object, **options: object) -> None:
            calls.append(args)
            if len(calls) == 2:
                raise OSError(28, "No space left on device")
            saved(*args, **options)

        monkeypatch.setattr(files.np, "save", dies)
        with pytest.raises(OSError, match="No space left"):
            add_pictures("pets", pictures(3, 1), "cat")
        calls.clear()
        with pytest.raises(OSError, match="No space left"):
            save_own("more", imported())
        monkeypatch.undo()
        monkeypatch.setenv("DDPM_DATA_DIR", str(data))
        np.testing.assert_array_equal(load_own("pets").images, before.images)
        assert list(own_datasets()) == ["pets"]
        assert sorted(path.name for path in data.iterdir()) == [".own.lock", "pets"]
        assert sorted(path.name for path in (data / "pets").iterdir()) == ["dataset.json", "images.npy", "labels.npy"]

    def test_what_a_killed_writer_left_goes_with_the_next(self, data):
        written(data, {".gone.part/images.npy": b"half"})
        save_own("gone", imported())
        assert sorted(path.name for path in data.iterdir()) == [".own.lock", "gone"]


def test_delete(data):
    save_own("pets", imported())
    delete_own("pets")
    assert own_datasets() == {}
    assert sorted(path.name for path in data.iterdir()) == [".own.lock"]
    for name in ("pets", "sprites", "../data", ""):
        with pytest.raises(ValueError, match="allowed: none: there is no own dataset"):
            delete_own(name)
    with pytest.raises(ValueError, match=r"data\.name is 'pets'; allowed: sprites"):
        load_dataset(DataConfig("pets"), "train")


def test_what_lies_in_the_folder_and_is_no_dataset_yet(data):
    assert dropped_in() == ()
    written(data, {
        "pets.zip": zipped({}), "photos/1.png": b"", ".hidden": b"", "mnist/train-images-idx3-ubyte": b"",
        "labels.npy": npy(np.zeros(3)), "notes.txt": b"",
    })  # fmt: skip
    assert [path.name for path in dropped_in()] == ["labels.npy", "pets.zip", "photos"]
    save_own("pets", imported())
    assert [path.name for path in dropped_in()] == ["labels.npy", "photos"]
    with_labels = Imported(
        pictures(3), np.zeros(3, np.int64), ("0",), "photos", (Step("classes", {"file": "labels.npy"}),)
    )
    save_own("photos-2", with_labels)
    assert dropped_in() == ()


@pytest.mark.parametrize(("names", "kept"), [(("cat", "dog"), ("cat", "dog")), ((), ()), (("cat",), ("cat",))])
def test_a_dataset_that_was_packed_comes_in_with_its_class_names(data, names, kept):
    save_own("pets", imported(names=names))
    packed = zipped({f"pets/{path.name}": path.read_bytes() for path in (data / "pets").iterdir()})
    got = read_source(packed, "pets.zip", ImportOptions(size=0, channels=0))
    assert got.class_names == kept
    np.testing.assert_array_equal(got.images, load_own("pets").images)
    np.testing.assert_array_equal(got.labels, load_own("pets").labels)
    assert [step.kind for step in got.steps if step.kind == "skipped"] == []


@pytest.mark.parametrize(
    "description", [b"", b"{}", b'{"class_names": ["a"]}', b'{"class_names": ["a", "a"]}', b"[" * 9999]
)
def test_a_description_that_does_not_fit_is_passed_over(data, description):
    save_own("pets", imported())
    packed = {path.name: path.read_bytes() for path in (data / "pets").iterdir()}
    got = read_source(zipped(packed | {"dataset.json": description}), "pets.zip")
    assert got.class_names == ("0", "1")


class TestDamage:
    def damage(self, data: Path, file: str, content: bytes) -> None:
        save_own("pets", imported())
        (data / "pets" / file).write_bytes(content)

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"{}", b"[]", b"nul", b"\xff", b'{"format": "other"}', b"[" * 100_000,
            b'{"format": "ddpm-lab-dataset", "format_version": 2}',
        ],
    )  # fmt: skip
    def test_a_damaged_description_hides_only_its_own(self, data, content):
        self.damage(data, "dataset.json", content)
        save_own("fine", imported())
        assert list(own_datasets()) == ["fine"]
        with pytest.raises(ValueError, match=r"pets is damaged: .* Remove the folder .*pets and import"):
            load_dataset(DataConfig("pets"), "train")
        assert [path.name for path in dropped_in()] == []
        delete_own("pets")

    @pytest.mark.parametrize("field", ["height", "num", "class_names", "steps", "content"])
    @pytest.mark.parametrize("value", [None, -1, "x", [1], {"a": 2}])
    def test_wrong_fields(self, data, field, value):
        save_own("pets", imported())
        path = data / "pets" / "dataset.json"
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {field: value}), "utf-8")
        if (field, value) == ("content", "x"):
            return
        with pytest.raises(ValueError, match="pets is damaged"):
            load_own("pets")

    @pytest.mark.parametrize("file", ["images.npy", "labels.npy"])
    @pytest.mark.parametrize(
        "content",
        [b"", b"x", npy(np.zeros(3)), npy(np.zeros((40, 8, 8, 3))), npy(np.full(40, 7)), npy(np.uint8(3)),
         npy(np.array([1], object), allow_pickle=True)],
        ids="empty text short floats labels scalar pickle".split(),
    )  # fmt: skip
    def test_damaged_arrays(self, data, file, content):
        self.damage(data, file, content)
        with pytest.raises(ValueError, match="The dataset pets is damaged"):
            load_own("pets")

    @pytest.mark.parametrize("file", ["images.npy", "labels.npy"])
    def test_a_missing_array(self, data, file):
        save_own("pets", imported())
        (data / "pets" / file).unlink()
        with pytest.raises(ValueError, match="The dataset pets is damaged"):
            load_own("pets")

    def test_longer_arrays_are_pictures_being_added(self, data):
        save_own("pets", imported())
        np.save(data / "pets" / "images.npy", pictures(50))
        assert len(load_own("pets").images) == 40


@pytest.mark.skipif(os.name == "nt", reason="permissions are other there")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(data):
    data.mkdir()
    data.chmod(0o500)
    with pytest.raises(OSError, match="ermission"):
        save_own("pets", imported())
    assert own_datasets() == {}


def test_the_picture_added_last_can_be_taken_back(data):
    """Only the description is written anew, so nothing is torn; what is added next takes the place."""
    drawn = pictures(4)
    for k, name in enumerate(("fish", "boat", "fish", "boat")):
        add_pictures("drawn", drawn[k : k + 1], name)
    arrays = {path.name: path.read_bytes() for path in (data / "drawn").glob("*.npy")}
    remove_last("drawn")
    assert {path.name: path.read_bytes() for path in (data / "drawn").glob("*.npy")} == arrays
    left = load_own("drawn")
    assert (left.labels.tolist(), left.info.class_names) == ([0, 1, 0], ("fish", "boat"))
    remove_last("drawn")
    remove_last("drawn")
    assert load_own("drawn").info.class_names == ("fish",), "a class that nobody belongs to goes"
    add_pictures("drawn", drawn[3:], "kite")
    again = load_own("drawn")
    assert (again.labels.tolist(), again.info.class_names) == ([0, 1], ("fish", "kite"))
    np.testing.assert_array_equal(again.images, drawn[[0, 3]])
    remove_last("drawn")
    remove_last("drawn")
    assert own_datasets() == {}
    with pytest.raises(ValueError, match="'drawn'; allowed"):
        remove_last("drawn")
