import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tiny_models import SHARED_MODELS, SIDE, image_repo, shared_model

from aisle.encoders.cache import VectorCache
from aisle.encoders.embedding import embed_images
from aisle.encoders.feature_maps import FeatureMaps, augmented, embed_maps
from aisle.encoders.image import OnnxImageEncoder
from aisle.errors import EncoderError

MEAN, DEVIATION = (0.1, 0.2, 0.3), (0.5, 0.25, 0.125)
ORANGE = (255, 102, 51)
BICUBIC = Image.Resampling.BICUBIC


@pytest.fixture
def root(tmp_path):
    return image_repo(
        tmp_path / "net", output="last_hidden_state", image_mean=MEAN, image_std=DEVIATION
    )


def normalised(colour):
    return (np.array(colour) / 255 - MEAN) / DEVIATION


def noise(width, height, seed=0):
    pixels = np.random.default_rng(seed).integers(256, size=(height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def png(image):
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


PICTURES = [(png(noise(9, 7, seed)),) for seed in range(12)]


class Counting(FeatureMaps):
    """Counts the pictures that the network looks at."""

    looked_at = 0

    def encode(self, inputs):
        self.looked_at += len(inputs)
        return super().encode(inputs)


def test_map_is_flattened_and_not_pooled(root):
    encoder = FeatureMaps(root)
    inputs = list(np.random.default_rng(0).random((5, 3, SIDE, SIDE), dtype=np.float32))
    vectors = encoder.encode(inputs)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, np.stack(inputs).reshape(5, -1))


def test_picture_is_stretched_to_the_square_without_border_or_crop(root):
    wide = Image.new("RGB", (40, 10), "white")
    wide.paste(ORANGE, (0, 0, 20, 10))
    prepared = FeatureMaps(root).prepare(wide)
    assert (prepared.shape, prepared.dtype) == ((3, SIDE, SIDE), np.float32)
    resized = np.asarray(wide.resize((SIDE, SIDE), BICUBIC))
    np.testing.assert_allclose(prepared, normalised(resized).transpose(2, 0, 1), atol=1e-5)
    np.testing.assert_array_equal(prepared[:, :1], prepared[:, 1:2])
    np.testing.assert_allclose(prepared[:, :, 0].mean(axis=1), normalised(ORANGE), atol=0.1)


def test_channels_are_red_green_blue(root):
    prepared = FeatureMaps(root).prepare(Image.new("RGB", (9, 5), ORANGE))
    for channel, value in zip(prepared, normalised(ORANGE), strict=True):
        np.testing.assert_allclose(channel, value, atol=1e-5)


@pytest.mark.parametrize("output", ["pooler_output", "positions"])
def test_network_without_a_map_is_one_line(tmp_path, output):
    with pytest.raises(EncoderError, match=r"^tiny has no feature map .* outputs") as caught:
        FeatureMaps(image_repo(tmp_path, output=output), "tiny")
    assert output in str(caught.value)
    assert "\n" not in str(caught.value)


def test_fingerprint_changes_with_view_and_weights(root, tmp_path):
    other = image_repo(tmp_path / "other", output="other", image_mean=MEAN, image_std=DEVIATION)
    encoders = [OnnxImageEncoder(root), FeatureMaps(other)]
    encoders += [FeatureMaps(root, view=view) for view in range(3)]
    assert len({encoder.fingerprint for encoder in encoders}) == 5
    assert FeatureMaps(root, "x").fingerprint == FeatureMaps(root, "y", view=0).fingerprint


def test_views_differ_and_are_repeated(root):
    image = noise(30, 20)
    first = [FeatureMaps(root, view=view).prepare(image) for view in range(6)]
    assert len({prepared.tobytes() for prepared in first}) == 6
    again = FeatureMaps(root, view=5)
    again.prepare(noise(11, 7, seed=1))
    np.testing.assert_array_equal(again.prepare(image.copy()), first[5])


def test_pictures_of_one_view_are_not_all_changed_alike():
    ramp = np.tile(np.arange(100, dtype=np.uint8)[:, None], (40, 1, 3))
    mirrored = set()
    for shade in range(20):
        pixels = np.asarray(augmented(Image.fromarray(ramp + np.uint8(shade)), 16, BICUBIC, 1))
        mirrored.add(bool(pixels[:, 0].mean() > pixels[:, -1].mean()))
    assert mirrored == {True, False}


def test_crop_keeps_70_to_100_percent_of_the_area_and_is_not_always_the_same():
    across = np.tile(np.linspace(60, 190, 256).astype(np.uint8)[None, :, None], (256, 1, 3))
    shares = []
    for view in range(1, 60):
        pixels = np.asarray(augmented(Image.fromarray(across), 64, BICUBIC, view), float)
        shares.append(abs(pixels[:, -1].mean() - pixels[:, 0].mean()) / 130)
    least, most = (0.7**0.5) * 0.8 * 0.8, 1.2 * 1.2
    assert least - 0.02 < min(shares) < max(shares) < most + 0.02
    assert max(shares) - min(shares) > 0.2


@settings(max_examples=40)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 1000))
def test_picture_of_any_measures_has_views(width, height, view):
    assert augmented(noise(width, height), 8, BICUBIC, view).size == (8, 8)


def test_maps_of_many_products_in_half_precision(root):
    encoder = FeatureMaps(root)
    found = embed_maps(encoder, PICTURES)
    assert found.vectors.dtype == np.float16
    assert found.present.all()
    assert found.errors == {}
    whole = embed_images(encoder, PICTURES).vectors
    np.testing.assert_array_equal(found.vectors, whole.astype(np.float16))


def test_only_the_main_picture_counts(root):
    encoder = Counting(root)
    pairs = [(*main, *other) for main, other in zip(PICTURES, reversed(PICTURES), strict=True)]
    found = embed_maps(encoder, pairs)
    np.testing.assert_array_equal(found.vectors, embed_maps(encoder, PICTURES).vectors)
    assert encoder.looked_at == 2 * len(PICTURES)


def test_products_without_a_readable_main_picture(root):
    images = [(), (b"broken",), PICTURES[0], (), (b"", *PICTURES[1]), PICTURES[1], ()]
    found = embed_maps(FeatureMaps(root), images)
    assert found.present.tolist() == [False, False, True, False, False, True, False]
    assert sorted(found.errors) == [1, 4]
    assert "not a picture" in found.errors[1]
    assert not found.vectors[~found.present].any()
    np.testing.assert_array_equal(
        found.vectors[found.present], embed_maps(FeatureMaps(root), PICTURES[:2]).vectors
    )


@pytest.mark.parametrize("images", [[], [(), ()]])
def test_no_picture_at_all(root, images):
    found = embed_maps(FeatureMaps(root), images)
    assert found.vectors.shape == (len(images), 0)
    assert not found.present.any()


def test_each_view_is_computed_once(root, tmp_path):
    for view in range(2):
        results = []
        for looked_at in (len(PICTURES), 0):
            encoder = Counting(root, view=view)
            cache = VectorCache(encoder.fingerprint, tmp_path)
            results.append(embed_maps(encoder, PICTURES, cache).vectors)
            assert encoder.looked_at == looked_at
        np.testing.assert_array_equal(*results)


@shared_model("mobilenet-v1-1.0-224")
def test_map_of_mobilenet_pools_to_its_pooled_output():
    folder = SHARED_MODELS / "mobilenet-v1-1.0-224"
    encoder = FeatureMaps(folder)
    assert encoder.size == 224
    inputs = [encoder.prepare(noise(300, 200, seed)) for seed in range(2)]
    vectors = encoder.encode(inputs)
    assert vectors.shape == (2, 50_176)
    pooled = vectors.reshape(2, 1024, 49).mean(axis=2)
    np.testing.assert_allclose(pooled, OnnxImageEncoder(folder).encode(inputs), atol=1e-4)
