"""Classes out of an array of labels: numbers, names, or one-hot rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddpm_core.data.own.imported import MAX_CLASSES, Step
from ddpm_core.errors import Message

Classes = tuple[NDArray[np.int64], tuple[str, ...], list[Step]]
"""Labels, int64 (N,), class names, and what was done."""


def read_labels(array: NDArray[Any], num: int, where: str) -> Classes:
    """Classes of `num` pictures from numbers (N,) or (N, 1), words (N,), or one-hot rows (N, K) of any dtype.

    Raises: ValueError that names the file (where), what is wrong and the remedy.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2):
        raise ValueError(Message("labels.wrong_shape", where=where, shape=array.shape))
    if len(array) != num:
        raise ValueError(Message("labels.not_one_each", where=where, num=len(array), pictures=num))
    return _one_hot(array, where) if array.ndim == 2 else _numbers(array, where)


def _one_hot(array: NDArray[Any], where: str) -> Classes:
    classes = array.shape[1]
    _require_few(classes, where)
    fits = array.dtype.kind in "buif" and np.isin(array, (0, 1)).all(axis=1) & (array.sum(axis=1) == 1)
    if not np.all(fits):
        row = int(np.argmin(fits)) if np.ndim(fits) else 0
        raise ValueError(Message("labels.not_one_hot", where=where, row=row, values=array[row].tolist()))
    names = tuple(map(str, range(classes)))
    return array.argmax(axis=1).astype(np.int64), names, [Step("one_hot", {"count": classes})]


def _numbers(array: NDArray[Any], where: str) -> Classes:
    if array.dtype.kind == "f" and not np.all(array == np.floor(array)):  # NaN equals nothing
        wrong = array[array != np.floor(array)][0]
        raise ValueError(Message("labels.no_number", where=where, label=str(wrong)))
    values, labels = np.unique(array, return_inverse=True)
    _require_few(len(values), where)
    if values.dtype.kind == "U":
        return labels.astype(np.int64), tuple(str(value) for value in values), []
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError(Message("labels.infinite", where=where))
    names = tuple(str(int(value)) for value in values)
    counted = names == tuple(map(str, range(len(names))))
    return labels.astype(np.int64), names, [] if counted else [Step("relabelled", {"count": len(names)})]


def _require_few(classes: int, where: str) -> None:
    if not 1 <= classes <= MAX_CLASSES:
        raise ValueError(Message("labels.too_many", where=where, num=classes, most=MAX_CLASSES))
