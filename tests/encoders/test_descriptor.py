import numpy as np
import pytest
from PIL import Image, ImageDraw

from aisle.encoders.descriptor import PictureDescriptor

DESCRIPTOR = PictureDescriptor()
SHAPE, COLOUR = slice(0, 1764), slice(1764, 1980)


def describe(*images):
    return DESCRIPTOR.encode([DESCRIPTOR.prepare(image) for image in images])


def disc(colour, size=200, paper="white"):
    image = Image.new("RGB", (size, size), paper)
    ImageDraw.Draw(image).ellipse([size * 0.2, size * 0.2, size * 0.8, size * 0.8], fill=colour)
    return image


def cross(colour):
    image = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(image).line([20, 20, 180, 180], fill=colour, width=24)
    ImageDraw.Draw(image).line([20, 180, 180, 20], fill=colour, width=24)
    return image


def test_width_and_unit_parts():
    vectors = describe(disc("red"), cross("blue"))
    assert vectors.shape == (2, 1980)
    for part in (SHAPE, slice(1764, 1872), slice(1872, 1980)):
        np.testing.assert_allclose(np.linalg.norm(vectors[:, part], axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("image", [Image.new("RGB", (1, 1)), Image.new("RGB", (300, 2), "white")])
def test_empty_pictures_have_finite_vectors(image):
    assert np.isfinite(describe(image)).all()


def test_same_shape_in_another_colour_and_the_other_way_round():
    red, blue, red_cross = describe(disc("red"), disc("blue"), cross("red"))
    assert red[SHAPE] @ blue[SHAPE] > red[SHAPE] @ red_cross[SHAPE] + 0.2
    assert red[COLOUR] @ red_cross[COLOUR] > red[COLOUR] @ blue[COLOUR] + 0.2


def test_size_of_the_file_matters_little():
    small, large = describe(disc("green", 120), disc("green", 900))
    assert small @ large / (np.linalg.norm(small) * np.linalg.norm(large)) > 0.95


def test_vector_does_not_depend_on_the_batch():
    images = [disc("red"), cross("blue"), disc("green")]
    assert np.array_equal(describe(*images), np.vstack([describe(image) for image in images]))


def test_needs_no_files():
    assert (DESCRIPTOR.files, DESCRIPTOR.root) == ((), None)
    assert DESCRIPTOR.fingerprint.startswith("picture-descriptor")
