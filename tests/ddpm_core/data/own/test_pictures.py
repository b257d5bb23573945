"""Uploads: pictures of every sort come out upright, opaque and in size; everything else is refused with a remedy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ddpm_core.data.own.pictures import read_picture
from ddpm_core.data.sprites import make_sprites
from tests.support.files import encoded, png

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")


SPRITE = make_sprites(1, seed=0)[0][0]
ENLARGED = Image.fromarray(SPRITE).resize((160, 160), Image.Resampling.NEAREST)


@pytest.mark.parametrize("scale", [1, 2, 7, 20])
def test_enlarged_pixel_art_comes_back_exactly(scale):
    picture = Image.fromarray(SPRITE).resize((16 * scale, 16 * scale), Image.Resampling.NEAREST)
    np.testing.assert_array_equal(read_picture(encoded(picture), 16, 16, 3), SPRITE)


def test_a_wide_picture_is_cropped_to_its_middle():
    picture = np.zeros((30, 90, 3), np.uint8)
    picture[:, 30:60] = (10, 200, 30)
    got = read_picture(encoded(Image.fromarray(picture)), 10, 10, 3)
    assert (got[:, 1:-1] == (10, 200, 30)).all()


@pytest.mark.parametrize("size", [(30, 20), (17, 400), (5, 3), (1, 1), (1, 3000)])
def test_any_size_fits_and_keeps_its_mean(size):
    got = read_picture(encoded(Image.new("RGB", size, (40, 90, 200))), 28, 20, 3)
    assert got.shape == (28, 20, 3)
    np.testing.assert_allclose(got, np.broadcast_to([40, 90, 200], got.shape), atol=1)


def test_clear_pixels_turn_white_in_every_kind_of_alpha():
    clear = Image.new("RGBA", (16, 16), (200, 0, 0, 0))
    half = Image.new("RGBA", (16, 16), (0, 0, 0, 128))
    assert (read_picture(encoded(clear), 16, 16, 3) == 255).all()
    assert (read_picture(encoded(half), 16, 16, 3) == 127).all()
    assert (read_picture(encoded(clear.convert("LA")), 16, 16, 1) == 255).all()
    indexed = Image.new("P", (16, 16), 0)
    indexed.putpalette([9, 9, 9])
    assert (read_picture(encoded(indexed, "GIF", transparency=0), 16, 16, 3) == 255).all()
    assert (read_picture(encoded(indexed, "PNG", transparency=0), 16, 16, 1) == 255).all()


def test_sixteen_bit_grey_is_scaled_not_clipped():
    grey = Image.fromarray(np.full((16, 16), 32896, np.uint16))
    assert (read_picture(encoded(grey), 16, 16, 1) == 128).all()
    assert (read_picture(encoded(grey, "TIFF"), 16, 16, 3) == 128).all()
    floats = Image.fromarray(np.full((16, 16), 0.5, np.float32))
    assert (read_picture(encoded(floats, "TIFF"), 16, 16, 1) == 128).all()


def test_cmyk_bilevel_and_animated_pictures():
    cmyk = read_picture(encoded(Image.new("CMYK", (16, 16), (255, 0, 255, 0)), "JPEG"), 16, 16, 3)
    assert (cmyk[..., 1] > cmyk[..., 0] + 100).all()
    assert (read_picture(encoded(Image.new("1", (16, 16), 1)), 16, 16, 1) == 255).all()
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        moving = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert (read_picture(moving, 16, 16, 3) == (255, 0, 0)).all()


def test_a_phone_picture_is_turned_upright():
    upright = np.full((16, 16, 3), 255, np.uint8)
    upright[:4] = 0
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by a quarter, clockwise
    lying = Image.fromarray(np.rot90(upright))
    np.testing.assert_array_equal(read_picture(encoded(lying, exif=exif), 16, 16, 3), upright)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no picture that can be read"),
        (b"To be, or not to be", "no picture that can be read"),
        (bytes(5_000_001), r"5\.0 MB; allowed: 5 MB"),
        (encoded(Image.new("L", (5000, 4001))), r"5000 × 4001 pixels, 20 million.*Allowed: 20 million"),
        (png(12_000, 12_000, 8, 2, b""), "12000 × 12000 pixels"),
        (png(60_000, 60_000, 8, 2, b""), "too large"),
        (png(64, 64, 8, 2, b""), "damaged or cut off"),
        (encoded(ENLARGED)[:-200], "damaged or cut off"),
        (encoded(ENLARGED, "JPEG")[:900], "damaged or cut off"),
        (encoded(ENLARGED, "PDF"), "no picture that can be read"),
    ],
    ids="empty text heavy large bomb huge hollow cut_png cut_jpeg pdf".split(),
)
def test_what_is_refused_says_why(data, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_picture(data, 16, 16, 3)
    assert any(remedy in str(caught.value) for remedy in ("try again", "save it again"))


def test_only_grey_and_colour():
    with pytest.raises(ValueError, match="channels is 4; allowed: 1"):
        read_picture(encoded(ENLARGED), 16, 16, 4)


SEEDS = [encoded(ENLARGED.resize((24, 24)), kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_any_bytes_become_a_picture_or_a_value_error(seed, data):
    content = bytearray(seed[: data.draw(st.integers(0, len(seed)))])
    for _ in range(data.draw(st.integers(0, 6)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        got = read_picture(bytes(content), 16, 16, 3)
    except ValueError:
        return
    assert got.shape == (16, 16, 3)
    assert got.dtype == np.uint8
