"""The sprites: as many as asked for, all different, each drawn whole; and the door to all datasets."""

import numpy as np
import pytest

from ddpm_core.config import DataConfig
from ddpm_core.data import DataInfo, Dataset, dataset_names, load_dataset
from ddpm_core.data.sprites import CLASS_NAMES, make_sprites
from ddpm_core.data.sprites.palette import BASE, OUTLINE, SHADOW, SHINE, VIVID, ramps

NUM = 4000


@pytest.fixture(scope="module")
def sprites() -> tuple[np.ndarray, np.ndarray]:
    return make_sprites(NUM, seed=0)


def _keys(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}


def test_shapes_and_balance(sprites):
    images, labels = sprites
    assert images.shape == (NUM, 16, 16, 3)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [NUM // 10] * 10
    assert len(set(CLASS_NAMES)) == 10


def test_no_two_alike_within_a_seed_or_between_seeds(sprites):
    assert len(_keys(sprites[0])) == NUM
    assert not _keys(sprites[0]) & _keys(make_sprites(500, seed=1)[0])


def test_a_picture_depends_on_seed_and_number_only(sprites):
    images, labels = make_sprites(25, seed=0)
    np.testing.assert_array_equal(images, sprites[0][:25])
    np.testing.assert_array_equal(labels, sprites[1][:25])
    assert make_sprites(0, seed=0)[0].shape == (0, 16, 16, 3)


def test_silhouettes_vary_in_every_class_and_not_only_colours(sprites):
    shapes = (sprites[0] < 255).any(axis=3)
    for label, name in enumerate(CLASS_NAMES):
        assert len(_keys(shapes[sprites[1] == label])) >= 50, name


def test_every_sprite_stands_outlined_on_white(sprites):
    images = sprites[0].astype(int)
    shape = (images < 255).any(axis=3)
    assert shape.sum(axis=(1, 2)).min() > 45
    assert shape.sum(axis=(1, 2)).max() < 240
    framed = np.pad(shape, ((0, 0), (1, 1), (1, 1)))
    beside_ground = shape & ~(framed[:, 2:, 1:-1] & framed[:, :-2, 1:-1] & framed[:, 1:-1, 2:] & framed[:, 1:-1, :-2])
    inside = shape & ~beside_ground
    # The outline is dark (mean of the channels), whatever it encloses.
    assert images[beside_ground].mean(axis=1).max() < 130
    assert images[inside].mean() > 1.8 * images[beside_ground].mean()


def test_no_sprite_is_cut_off_or_in_pieces(sprites):
    from scipy.ndimage import label as components

    for image, label in zip(sprites[0][:1000], sprites[1], strict=False):
        pieces = components((image < 255).any(axis=2), structure=np.ones((3, 3)))[1]
        assert pieces == 1, CLASS_NAMES[label]


def test_ramps_rise_in_lightness_and_turn_in_hue():
    tones = ramps(np.array(VIVID)).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(tones[:, [OUTLINE, SHADOW, BASE, SHINE]], axis=1) > 0).all()
    yellow = ramps(np.array(VIVID))[2].astype(int)
    # Yellow's shadow is redder, not just darker: green falls more than red.
    assert yellow[BASE, 1] - yellow[SHADOW, 1] > yellow[BASE, 0] - yellow[SHADOW, 0]


def test_the_drawing_is_the_one_that_shipped_runs_learned(sprites):
    # Loose enough for other rounding, tight enough to notice a changed drawing.
    got = [sprites[0][sprites[1] == label].mean() for label in range(10)]
    golden = [145.83, 203.94, 157.40, 201.21, 198.19, 166.87, 155.10, 180.87, 184.30, 178.67]
    np.testing.assert_allclose(got, golden, atol=0.05)


def test_load_sprites_keeps_training_and_validation_apart():
    config = DataConfig(num_pictures=300, num_validation=200, seed=5)
    train, validation = load_dataset(config, "train"), load_dataset(config, "validation")
    assert train.info == DataInfo("sprites", 16, 16, 3, CLASS_NAMES)
    assert (len(train.images), len(validation.images)) == (300, 200)
    assert not _keys(train.images) & _keys(validation.images)


def test_bad_requests_name_the_remedy():
    assert dataset_names()[:2] == ("sprites", "digits")
    with pytest.raises(ValueError, match=r"'spirtes'; allowed: sprites, digits, .*mnist"):
        load_dataset(DataConfig(name="spirtes"), "train")
    with pytest.raises(ValueError, match=r"sprites have no end\. Give a number, such as 8000"):
        load_dataset(DataConfig(num_pictures=0), "train")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((2, 4, 4, 3), np.float32)}, "dtype is 'float32'; allowed: uint8"),
        ({"labels": np.zeros(2, np.int32)}, "dtype is 'int32'; allowed: int64"),
        ({"images": np.zeros((2, 4, 5, 3), np.uint8)}, r"shape is \(2, 4, 5, 3\)"),
        ({"labels": np.zeros(3, np.int64)}, r"shape is \(3,\)"),
        ({"labels": np.array([0, 2])}, "largest label is 2; allowed: 0 to 1"),
        ({"labels": np.array([-1, 0])}, "smallest label is -1"),
    ],
)
def test_dataset_refuses_what_does_not_fit(change, message):
    good = {
        "images": np.zeros((2, 4, 4, 3), np.uint8),
        "labels": np.zeros(2, np.int64),
        "info": DataInfo("toy", 4, 4, 3, ("a", "b")),
    }
    Dataset(**good)
    with pytest.raises(ValueError, match=message):
        Dataset(**(good | change))
