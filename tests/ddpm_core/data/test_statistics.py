"""Numbers about a dataset, against NumPy's own."""

import numpy as np
import pytest

from ddpm_core.config import DataConfig
from ddpm_core.data import DataInfo, Dataset, load_dataset
from ddpm_core.data.statistics import describe


def dataset(num: int = 30) -> Dataset:
    rng = np.random.default_rng(0)
    images = rng.integers(3, 250, (num, 8, 6, 3), np.uint8)
    images[[5, 7]] = images[2]
    return Dataset(images, np.sort(rng.integers(0, 2, num)), DataInfo("toy", 8, 6, 3, ("a", "b", "never")))


def test_statistics_are_those_of_numpy():
    data = dataset()
    got = describe(data)
    assert got.num == 30
    assert got.per_class == (*np.bincount(data.labels).tolist(), 0)
    assert sum(got.per_class) == 30
    assert (got.minimum, got.maximum) == (data.images.min(), data.images.max())
    assert got.mean == pytest.approx(data.images.mean())
    assert got.std == pytest.approx(data.images.std())
    assert got.num_duplicates == 2
    np.testing.assert_array_equal(got.mean_picture, np.round(data.images.mean(axis=0)).astype(np.uint8))


def test_without_classes_all_are_counted_together():
    data = dataset()
    plain = Dataset(data.images, np.zeros(30, np.int64), DataInfo("toy", 8, 6, 3))
    assert describe(plain).per_class == (30,)


def test_points_have_statistics_too():
    got = describe(load_dataset(DataConfig("moons", num_pictures=500), "train"))
    assert got.num == sum(got.per_class) == 500
    assert -1 <= got.minimum < got.mean < got.maximum <= 1
    assert 0.2 < got.std < 0.7
    assert got.num_duplicates == 0


def test_nothing_cannot_be_described():
    data = dataset()
    with pytest.raises(ValueError, match="toy holds 0 pictures"):
        describe(Dataset(data.images[:0], data.labels[:0], data.info))
