"""Many pictures brought to one size: from files, with their folders as classes, or from an array."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ddpm_core.data.own.container import Entry, Skipped, natural
from ddpm_core.data.own.imported import (  # fmt: skip
    MAX_CLASSES,
    MAX_PICTURES,
    MAX_VALUES,
    Fit,
    Imported,
    ImportOptions,
    Step,
    clean_class_name,
    is_size,
)
from ddpm_core.data.own.pictures import PictureError, as_array, decode, fit_picture, open_picture
from ddpm_core.errors import Message, text_of

Progress = Callable[[int, int], None]
"""Called with how many pictures are done, and how many there are."""

MAX_BYTES = 20_000_000
"""Of one picture file among many."""
ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
DEFAULT_SIZE = 16
MAX_SKIPPED_STEPS = 10


def is_picture(entry: Entry) -> bool:
    """Whether a file's ending is a picture's."""
    return entry.path.suffix.lower() in ENDINGS


def read_pictures(
    entries: Sequence[Entry], skipped: Skipped, name: str, options: ImportOptions, progress: Progress | None
) -> Imported:
    """Picture files made into a dataset; one that cannot be read is skipped, and a step says so.

    Raises: ValueError, with the remedy, when none can be read, or there are too many pictures or classes.
    """
    classed, loose, folders = _classes(entries)
    size = options.size or _common_size([entry for entry, _ in classed])
    _require_room(len(classed), size, name)
    read = _read_all(classed, size, options.fit, progress)
    if not len(read.images):
        first = read.first_refusal
        raise ValueError(Message("picture.none_read", num=len(classed), name=name, refusal=first))
    skipped = [*skipped, *((str(entry.path), "no_class") for entry in loose), *read.refused]
    labels, class_names = _only_used(read.labels, folders)
    images, coloured = _channels(read.images, options)
    steps = (
        Step("read", {"count": len(images), "what": "pictures"}),
        Step("one_class", {"name": class_names[0]}) if len(class_names) == 1 else class_step(class_names),
        *skipped_steps(skipped),
        *(Step(kind, {"count": read.notes[kind]}) for kind in sorted(read.notes)),
        *_resized(read.sizes, size, options),
        *coloured,
    )
    return Imported(images, labels, class_names, name, steps)


@dataclass
class _Read:
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    notes: Counter[str]
    sizes: Counter[tuple[int, int]]
    refused: Skipped
    first_refusal: str


def _read_all(classed: Sequence[tuple[Entry, int]], size: int, fit: Fit, progress: Progress | None) -> _Read:
    images, labels = np.empty((len(classed), size, size, 3), np.uint8), np.empty(len(classed), np.int64)
    read, num = _Read(images, labels, Counter(), Counter(), [], ""), 0
    for done, (entry, label) in enumerate(classed, 1):
        try:
            decoded = decode(_content(entry), MAX_BYTES)
            images[num], labels[num] = as_array(fit_picture(decoded.picture, size, size, fit)), label
        except PictureError as error:
            read.refused.append((str(entry.path), error.why))
            refusal = Message("picture.refusal", file=entry.path, reason=error)
            read.first_refusal = read.first_refusal or refusal
        else:
            read.notes.update(decoded.notes)
            read.sizes[decoded.size] += 1
            num += 1
        if progress:
            progress(done, len(classed))
    read.images, read.labels = images[:num], labels[:num]
    return read


def fit_array(
    images: NDArray[np.uint8], options: ImportOptions, progress: Progress | None
) -> tuple[NDArray[np.uint8], list[Step]]:
    """Pictures of an array, (N, H, W, C), in the size and channels asked for; as they are where they have them."""
    num, height, width, _ = images.shape
    size = options.size or (height if height == width and is_size(height) else DEFAULT_SIZE)
    _require_room(num, size, Message("array.array"))
    steps = []
    if (height, width) != (size, size):
        small = np.empty((num, size, size, images.shape[3]), np.uint8)
        for i, image in enumerate(images):
            picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
            small[i] = as_array(fit_picture(picture, size, size, options.fit))
            if progress and (i % 100 == 99 or i + 1 == num):
                progress(i + 1, num)
        images, steps = small, _resized(Counter({(width, height): num}), size, options)
    images, coloured = _channels(images, options)
    # A copy of what may be mapped from a file that then goes away.
    return np.array(images), [*steps, *coloured]


def class_step(names: tuple[str, ...], **about: str) -> Step:
    """How many classes there are, if any."""
    return Step("classes", {"count": len(names), **about}) if names else Step("no_classes", {})


def skipped_steps(skipped: Skipped) -> list[Step]:
    """A step for each of the first few files left out, and one that counts the rest."""
    steps = [Step("skipped", {"file": file, "why": why}) for file, why in skipped[:MAX_SKIPPED_STEPS]]
    more = len(skipped) - MAX_SKIPPED_STEPS
    return [*steps, Step("skipped_more", {"count": more})] if more > 0 else steps


def _classes(entries: Sequence[Entry]) -> tuple[list[tuple[Entry, int]], list[Entry], tuple[str, ...]]:
    """Pictures with their class, those beside the class folders, and the folders' names.

    The class is the first folder below those that hold everything, so that it does not matter what was packed.
    """
    parents = [entry.path.parent.parts for entry in entries]
    shared = 0
    while all(len(parts) > shared and parts[shared] == parents[0][shared] for parts in parents):
        shared += 1
    folders = [parts[shared] if len(parts) > shared else "" for parts in parents]
    names = sorted({clean_class_name(folder) or "_" for folder in folders if folder}, key=natural)
    if not names or (len(names) == 1 and "" in folders):  # one folder beside pictures makes no classes
        return [(entry, 0) for entry in entries], [], ()
    if len(names) > MAX_CLASSES:
        raise ValueError(Message("picture.too_many_classes", num=len(names), most=MAX_CLASSES))
    number = {name: i for i, name in enumerate(names)}
    pairs = list(zip(entries, folders, strict=True))
    classed = [(entry, number[clean_class_name(folder) or "_"]) for entry, folder in pairs if folder]
    return classed, [entry for entry, folder in pairs if not folder], tuple(names)


def _only_used(labels: NDArray[np.int64], names: tuple[str, ...]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Without the classes of which no picture could be read."""
    used, renumbered = np.unique(labels, return_inverse=True)
    return renumbered.astype(np.int64), tuple(names[i] for i in used) if names else ()


def _common_size(entries: Sequence[Entry]) -> int:
    """The one size that all pictures have, if it is square and allowed."""
    sizes: set[tuple[int, int]] = set()
    for entry in entries:
        try:
            sizes.add(open_picture(_content(entry)).size)
        except PictureError:
            continue
        if len(sizes) > 1:
            return DEFAULT_SIZE
    width, height = sizes.pop() if sizes else (0, 0)
    return width if width == height and is_size(width) else DEFAULT_SIZE


def _content(entry: Entry) -> bytes:
    if entry.size > MAX_BYTES:
        size = Message("picture.too_large_among_many", size=entry.size / 1e6, most=MAX_BYTES / 1e6)
        raise PictureError("too_large", size)
    try:
        return entry.read()
    except (ValueError, OSError) as error:
        raise PictureError("damaged", text_of(error)) from error


def _channels(images: NDArray[np.uint8], options: ImportOptions) -> tuple[NDArray[np.uint8], list[Step]]:
    """Grey or colour as asked for."""
    colours = images.shape[3]
    is_grey = colours == 1 or bool((images == images[..., :1]).all())
    channels = options.channels or (1 if is_grey else 3)
    if channels == colours:
        return images, []
    if channels == 3:
        return np.repeat(images, 3, axis=3), [Step("colour", {"count": len(images)})]
    if is_grey:
        return images[..., :1].copy(), [Step("grey", {"count": len(images)})]
    # Rec. 601, the weights of Pillow's mode L.
    grey = (images @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8)
    return grey[..., None], [Step("grey", {"count": len(images)})]


def _resized(sizes: Counter[tuple[int, int]], size: int, options: ImportOptions) -> list[Step]:
    others = {before: count for before, count in sizes.items() if before != (size, size)}
    if not others:
        return []
    words = "{}×{}".format(*next(iter(sizes))) if len(sizes) == 1 else "mixed"
    about = {"from": words, "to": f"{size}×{size}", "fit": options.fit}
    return [Step("resized", {"count": sum(others.values()), **about})]


def _require_room(num: int, size: int, name: str) -> None:
    most = min(MAX_PICTURES, MAX_VALUES // (3 * size * size))
    if num > most:
        raise ValueError(Message("picture.too_many", name=name, num=num, size=size, most=most))
