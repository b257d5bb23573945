"""Procedural handwriting: deterministic, varied, in MNIST's frame, and never twice the same."""

import numpy as np
import pytest

from ddpm_core.config import DataConfig
from ddpm_core.data import load_dataset
from ddpm_core.data.digits import CLASS_NAMES, make_digits
from ddpm_core.data.digits.forms import FORMS
from ddpm_core.data.digits.ink import BLOCK
from ddpm_core.data.digits.strokes import PENS
from ddpm_core.quality import classifier
from ddpm_core.runs.presets import PRESETS

NUM = 3000


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    return make_digits(NUM, seed=0)


def test_shapes_balance_and_names(digits):
    images, labels = digits
    assert images.shape == (NUM, 28, 28, 1)
    assert (images.dtype, labels.dtype) == (np.uint8, np.int64)
    assert np.bincount(labels).tolist() == [NUM // 10] * 10
    assert tuple("0123456789") == CLASS_NAMES


def test_a_picture_depends_on_seed_and_number_only(digits):
    for num in (1, 25, BLOCK, BLOCK + 7):
        images, labels = make_digits(num, seed=0)
        np.testing.assert_array_equal(images, digits[0][:num])
        np.testing.assert_array_equal(labels, digits[1][:num])
    assert make_digits(0, seed=0)[0].shape == (0, 28, 28, 1)
    assert (make_digits(20, seed=1)[0] != digits[0][:20]).any(axis=(1, 2, 3)).all()


def test_no_two_are_alike(digits):
    assert len({image.tobytes() for image in digits[0]}) == NUM


def test_ink_lies_as_in_mnist(digits):
    images = digits[0][..., 0].astype(float)
    assert images[:, [0, -1]].max() == images[:, :, [0, -1]].max() == 0
    mass = images.sum(axis=(1, 2))
    rows, columns = ((images.sum(axis=axis) @ np.arange(28)) / mass for axis in (2, 1))
    assert abs(rows - 13.5).max() < 3
    assert abs(columns - 13.5).max() < 3
    long_side = np.maximum(*((images > 60).any(axis=axis).sum(axis=1) for axis in (1, 2)))
    assert (long_side.min(), long_side.max()) >= (17, 19)
    assert long_side.max() <= 22
    # Of MNIST's 60,000 training pictures: mean 33.3, 19 % of the pixels above 0, 7.6 % full.
    assert 28 < images.mean() < 40
    assert 0.15 < (images > 0).mean() < 0.25
    assert 0.05 < (images == 255).mean() < 0.12


def test_every_form_is_written_and_some_are_rare(digits):
    assert all(share.sum() == pytest.approx(1) for share in PENS.shares)
    assert len(PENS.one) == sum(len(forms) for forms in FORMS.values())
    assert all(len(forms) >= 2 for forms in FORMS.values())
    for forms in FORMS.values():
        for form in forms:
            assert [s.count(",") for s in form.one.split("/")] == [s.count(",") for s in form.other.split("/")]


def test_thickness_and_slant_vary_within_each_class(digits):
    images, labels = digits
    for digit in range(10):
        ink = images[labels == digit].mean(axis=(1, 2, 3))
        assert np.quantile(ink, 0.9) > 1.5 * np.quantile(ink, 0.1)
    ones = images[labels == 1][..., 0].astype(float)
    middle = (ones * np.arange(28)).sum(axis=2) / np.maximum(ones.sum(axis=2), 1)
    lean = middle[:, 8] - middle[:, 19]
    assert (lean > 2).mean() > 0.2
    assert (lean < -1).mean() > 0.03


def test_classes_differ(digits):
    """The nearest of 2,000 others is nearly always of the same class; how well a network does is measured elsewhere."""
    flat = digits[0].reshape(NUM, -1).astype(np.float32)
    known, asked = flat[:2000], flat[2000:2500]
    distance = (known**2).sum(1) - 2 * asked @ known.T
    assert (digits[1][:2000][distance.argmin(1)] == digits[1][2000:2500]).mean() > 0.9


def test_held_out_digits_are_others():
    config = DataConfig("digits", num_pictures=300, num_validation=200, seed=5)
    train, held_out = load_dataset(config, "train"), load_dataset(config, "validation")
    assert (len(train.images), len(held_out.images)) == (300, 200)
    assert not {i.tobytes() for i in train.images} & {i.tobytes() for i in held_out.images}
    assert PRESETS["digits_quick"].data.name == "digits"


def test_bad_requests():
    with pytest.raises(ValueError, match=r"digits have no end\. Give a number"):
        load_dataset(DataConfig("digits", num_pictures=0), "train")


@pytest.mark.soak
def test_a_small_network_tells_them_apart(monkeypatch):
    monkeypatch.setattr(classifier, "TRAIN_PICTURES", 2_500)
    monkeypatch.setattr(classifier, "TEST_PICTURES", 500)
    monkeypatch.setattr(classifier, "NUM_STEPS", 120)
    assert classifier.load_classifier("digits").accuracy >= 0.98
