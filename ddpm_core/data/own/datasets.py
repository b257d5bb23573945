"""Datasets of the learner's own: imported, drawn in the pixel editor, or dropped into data_dir()."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ddpm_core.config import DataConfig
from ddpm_core.data.dataset import DataInfo, Dataset, Split, data_dir
from ddpm_core.data.own import files
from ddpm_core.data.own.files import RESERVED, is_own, load_own, read_description, require_new
from ddpm_core.data.own.imported import MAX_CLASSES, MAX_PICTURES, Imported, Step, clean_class_name
from ddpm_core.data.split import split_order
from ddpm_core.errors import Message, require

_SOURCES = (".zip", ".npy", ".npz", "-ubyte", ".gz")


def own_datasets() -> dict[str, DataInfo]:
    """The learner's datasets by name; damaged ones are left out."""
    found = {}
    for path in files.entries():
        try:
            found[path.name] = read_description(path.name).info(path.name)
        except (ValueError, OSError):
            continue
    return found


def load_own_split(config: DataConfig, split: Split) -> Dataset:
    """The pictures to train on, or those held out (at most num_validation), in an order that mixes the classes.

    About one in ten is held out, the same ones whatever the config, so that no run trains on them.
    Raises: ValueError for a dataset of fewer than 2 pictures, or more asked for than there are.
    """
    name, whole = config.name, load_own(config.name)
    if len(whole.images) < 2:
        raise ValueError(Message("dataset.one_picture", name=name))
    order, num_held_out = split_order(whole.images, whole.labels)
    if split == "validation":
        chosen = order[:num_held_out][: config.num_validation]
    else:
        chosen, num = order[num_held_out:], config.num_pictures
        allowed = Message("allowed.range_or_all_but", low=1, high=len(chosen), name=name, held_out=num_held_out)
        require(num <= len(chosen), "data.num_pictures", num, allowed)
        chosen = chosen[: num or len(chosen)]
    return Dataset(whole.images[chosen], whole.labels[chosen], whole.info)


def save_own(name: str, imported: Imported) -> DataInfo:
    """Keep imported pictures as a dataset of this name, whole or not at all.

    Raises: ValueError for a bad or taken name, or fewer than 2 pictures.
    """
    if len(imported.images) < 2:
        raise ValueError(Message("dataset.too_few", source=imported.source, num=len(imported.images)))
    with _writing():
        return _create(name, imported)


def add_pictures(name: str, images: NDArray[np.uint8], class_name: str = "") -> DataInfo:
    """Add pictures, uint8 (N, H, W, C), of one class to a dataset, which is made if it is new.

    class_name: "" for none. All pictures of a dataset have a class, or none has.
    Raises: ValueError for a bad name, another size than the dataset's, or a class that does not fit.
    """
    require(images.ndim == 4, "the pictures' shape", images.shape, "(N, H, W, C)")
    class_name = clean_class_name(class_name)
    with _writing():
        if is_own(name):
            return _append(name, images, class_name)
        names = (class_name,) if class_name else ()
        return _create(name, Imported(images, np.zeros(len(images), np.int64), names, "", (Step("drawn", {}),)))


def remove_last(name: str) -> None:
    """Take back the picture added last, and its class if no other picture has it; the last of all takes the dataset.

    Raises: ValueError, with the remedy, when the dataset is not there or damaged.
    """
    with _writing():
        whole, described = load_own(name), read_description(name)
        images, labels, names = whole.images[:-1], whole.labels[:-1], whole.info.class_names
        if names and whole.labels[-1] == len(names) - 1 and whole.labels[-1] not in labels:
            names = names[:-1]
        if len(images):
            left = Dataset(images, labels, replace(whole.info, class_names=names))
            files.describe(data_dir() / name, left, described.source, described.steps)
    if not len(images):
        delete_own(name)


def delete_own(name: str) -> None:
    """Remove a dataset for good. Raises ValueError when there is none of that name."""
    there = ", ".join(own_datasets()) or Message("allowed.no_own_dataset")
    require(is_own(name), Message("what.dataset_name"), name, there)
    with _writing():
        gone = data_dir() / f".{name}.part"
        (data_dir() / name).rename(gone)
        shutil.rmtree(gone)


def dropped_in() -> tuple[Path, ...]:
    """Folders, zips and arrays that somebody put into data_dir() and that no dataset was imported from yet."""
    taken = set(RESERVED).union(*(_origins(name) for name in own_datasets()))
    return tuple(
        path
        for path in files.entries()
        if path.name not in taken and not is_own(path.name) and (path.is_dir() or path.name.endswith(_SOURCES))
    )


def suggest_name(source: str) -> str:
    """A free name for what comes from a file or folder of this name."""
    stem = unicodedata.normalize("NFC", Path(source).name).split(".")[0].lower()
    base = re.sub(r"[^\w-]+", "_", stem).strip("_-")[:34].strip("_-") or "pictures"
    for number in count(1):
        name = base if number == 1 else f"{base}-{number}"
        with suppress(ValueError):
            require_new(name)
            break
    return name


def _append(name: str, images: NDArray[np.uint8], class_name: str) -> DataInfo:
    whole, described = load_own(name), read_description(name)
    size, num = whole.images.shape[1:], len(whole.images) + len(images)
    same_size = Message("allowed.size_of_others", size=size, name=name)
    require(images.shape[1:] == size, Message("what.pictures_size"), images.shape[1:], same_size)
    require(num <= MAX_PICTURES, Message("what.num_pictures"), num, Message("allowed.at_most", high=MAX_PICTURES))
    names = whole.info.class_names
    allowed = Message("allowed.a_class" if names else "allowed.no_class", name=name)
    require(bool(names) == bool(class_name), Message("what.class"), class_name, allowed)
    if class_name not in names and class_name:
        names = (*names, class_name)
        most = Message("allowed.at_most", high=MAX_CLASSES)
        require(len(names) <= MAX_CLASSES, Message("what.num_classes"), len(names), most)
    label = names.index(class_name) if names else 0
    more = Dataset(
        np.concatenate([whole.images, images]),
        np.concatenate([whole.labels, np.full(len(images), label, np.int64)]),
        replace(whole.info, class_names=names),
    )
    files.write(data_dir() / name, more, described.source, described.steps)
    return more.info


def _create(name: str, imported: Imported) -> DataInfo:
    require_new(name)
    _, height, width, channels = imported.images.shape
    dataset = Dataset(imported.images, imported.labels, DataInfo(name, height, width, channels, imported.class_names))
    part = data_dir() / f".{name}.part"
    try:
        files.write(part, dataset, imported.source, imported.steps)
        part.rename(data_dir() / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return dataset.info


def _origins(name: str) -> set[str]:
    """The files that a dataset was imported from, its labels' among them."""
    described = read_description(name)
    labels = (step.values.get("file") for step in described.steps if step.kind == "classes")
    return {described.source, *(str(file) for file in labels if file)}


@contextmanager
def _writing() -> Iterator[None]:
    """One writer at a time; what a killed one left behind goes."""
    data_dir().mkdir(parents=True, exist_ok=True)
    with FileLock(data_dir() / ".own.lock"):
        for left in data_dir().glob(".*.part"):
            shutil.rmtree(left, ignore_errors=True)
        yield
