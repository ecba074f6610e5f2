import numpy as np
import pytest
from PIL import Image, ImageDraw
from tiny_models import SHARED_MODELS, SIDE, image_repo, save_text_network, shared_model

from aisle.encoders.image import OnnxImageEncoder, PictureDescriptor, letterbox
from aisle.errors import EncoderError

MEAN, DEVIATION = (0.1, 0.2, 0.3), (0.5, 0.25, 0.125)
ORANGE = (255, 102, 51)


def normalised(colour):
    return (np.array(colour) / 255 - MEAN) / DEVIATION


def test_letterbox_keeps_all_of_the_picture_on_white():
    wide = letterbox(Image.new("RGB", (200, 100), ORANGE), 40, Image.Resampling.BILINEAR)
    pixels = np.asarray(wide)
    assert pixels.shape == (40, 40, 3)
    assert (pixels[:10] == 255).all()
    assert (pixels[30:] == 255).all()
    assert (pixels[10:30] == ORANGE).all()
    tall = letterbox(Image.new("RGB", (100, 200), ORANGE), 40, Image.Resampling.BILINEAR)
    assert np.array_equal(np.asarray(tall), pixels.transpose(1, 0, 2))


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (3000, 1), (7, 7)])
def test_letterbox_of_odd_measures(size):
    assert letterbox(Image.new("RGB", size), 16, Image.Resampling.BICUBIC).size == (16, 16)


def test_channels_are_red_green_blue_and_normalised(tmp_path):
    encoder = OnnxImageEncoder(image_repo(tmp_path, image_mean=MEAN, image_std=DEVIATION))
    prepared = encoder.prepare(Image.new("RGB", (9, 9), ORANGE))
    assert (prepared.shape, prepared.dtype) == ((3, SIDE, SIDE), np.float32)
    for channel, value in zip(prepared, normalised(ORANGE), strict=True):
        np.testing.assert_allclose(channel, value, atol=1e-5)


@pytest.mark.parametrize(
    ("config", "white"),
    [
        ({}, 1.0),
        ({"rescale_factor": 1 / 127.5}, 3.0),
        ({"do_normalize": False}, 1.0),
        ({"do_rescale": False, "do_normalize": False}, 255.0),
        ({"image_mean": [0, 0, 0], "image_std": [2, 2, 2]}, 0.5),
    ],
)
def test_scale_and_normalisation_of_the_repo(tmp_path, config, white):
    encoder = OnnxImageEncoder(image_repo(tmp_path, **config))
    np.testing.assert_allclose(encoder.prepare(Image.new("RGB", (5, 5), "white")), white, atol=1e-5)


@pytest.mark.parametrize("output", ["pooler_output", "positions", "feature_map"])
def test_outputs_of_two_three_and_four_dimensions(tmp_path, output):
    root = image_repo(tmp_path, output=output, image_mean=MEAN, image_std=DEVIATION)
    encoder = OnnxImageEncoder(root)
    half = Image.new("RGB", (SIDE, SIDE), "white")
    half.paste(ORANGE, (0, 0, SIDE // 2, SIDE))
    vectors = encoder.encode([encoder.prepare(half), encoder.prepare(Image.new("RGB", (4, 4)))])
    wanted = [(normalised(ORANGE) + normalised((255, 255, 255))) / 2, normalised((0, 0, 0))]
    np.testing.assert_allclose(vectors, wanted, atol=1e-5)
    assert vectors.dtype == np.float32


def test_vector_does_not_depend_on_the_batch(tmp_path):
    encoder = OnnxImageEncoder(image_repo(tmp_path))
    inputs = list(np.random.default_rng(0).random((5, 3, SIDE, SIDE), dtype=np.float32))
    alone = np.vstack([encoder.encode([one]) for one in inputs])
    np.testing.assert_allclose(encoder.encode(inputs), alone, atol=1e-6)


@pytest.mark.parametrize(
    "config",
    [
        {"size": 32},
        {"size": {"height": 32, "width": 32}},
        {"size": {"shortest_edge": 32}},
        {"crop_size": {"height": 32, "width": 32}, "size": {"shortest_edge": 40}},
        {"crop_size": 32, "size": 40},
    ],
)
def test_size_keys(tmp_path, config):
    assert OnnxImageEncoder(image_repo(tmp_path, **config)).size == 32


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"size": None}, "names no size"),
        ({"size": 0}, "names no size"),
        ({"size": "224"}, "names no size"),
        ({"resample": 99}, "99 is not a valid Resampling"),
        ({"image_mean": None}, "image_mean and image_std"),
        ({"image_mean": [0.5]}, "image_mean and image_std"),
        ({"image_std": [0, 0, 0]}, "image_std above 0"),
        ({"image_std": ["a", "b", "c"]}, "could not convert"),
        ({"rescale_factor": "x"}, "could not convert"),
        ({"rescale_factor": None}, "NoneType"),
    ],
)
def test_damaged_preprocessing_is_one_line(tmp_path, config, says):
    with pytest.raises(EncoderError, match=says) as caught:
        OnnxImageEncoder(image_repo(tmp_path, **config))
    assert "preprocessor_config.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folder_without_preprocessing_or_network(tmp_path):
    root = image_repo(tmp_path)
    (root / "preprocessor_config.json").unlink()
    with pytest.raises(EncoderError, match="names no size"):
        OnnxImageEncoder(root)
    (root / "onnx" / "model.onnx").write_bytes(b"")
    with pytest.raises(EncoderError):
        OnnxImageEncoder(root)
    (root / "onnx" / "model.onnx").unlink()
    with pytest.raises(EncoderError, match="no ONNX file for image"):
        OnnxImageEncoder(root)


def test_network_that_cannot_be_run_is_one_line(tmp_path):
    wrong_side = OnnxImageEncoder(image_repo(tmp_path, size=SIDE * 2), "tiny")
    with pytest.raises(EncoderError, match=r"^tiny cannot be run by ONNX Runtime") as caught:
        wrong_side.encode([wrong_side.prepare(Image.new("RGB", (9, 9)))])
    assert "\n" not in str(caught.value)
    save_text_network(tmp_path / "onnx" / "model.onnx")
    for_texts = OnnxImageEncoder(tmp_path, "tiny")
    with pytest.raises(EncoderError, match=r"^tiny cannot be run by ONNX Runtime"):
        for_texts.encode([for_texts.prepare(Image.new("RGB", (9, 9)))])


def test_fingerprint_changes_with_weights_and_preprocessing(tmp_path):
    marks = {
        OnnxImageEncoder(image_repo(tmp_path)).fingerprint,
        OnnxImageEncoder(image_repo(tmp_path, size=8)).fingerprint,
        OnnxImageEncoder(image_repo(tmp_path, output="positions")).fingerprint,
    }
    assert len(marks) == 3
    assert OnnxImageEncoder(image_repo(tmp_path)).fingerprint in marks


@pytest.mark.parametrize(
    ("name", "width"),
    [
        pytest.param("vit-tiny-patch16-224", 192, marks=shared_model("vit-tiny-patch16-224")),
        pytest.param("mobilenet-v1-1.0-224", 1024, marks=shared_model("mobilenet-v1-1.0-224")),
    ],
)
def test_pretrained_encoder_puts_similar_pictures_together(name, width):
    encoder = OnnxImageEncoder(SHARED_MODELS / name)
    assert encoder.size == 224
    stripes = Image.new("RGB", (300, 200), "navy")
    for x in range(0, 300, 40):
        stripes.paste("white", (x, 0, x + 20, 200))
    small = stripes.resize((240, 160), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(0).integers(256, size=(200, 200, 3), dtype=np.uint8)
    vectors = encoder.encode([encoder.prepare(i) for i in (stripes, small, Image.fromarray(noise))])
    assert vectors.shape == (3, width)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert unit[0] @ unit[1] > unit[0] @ unit[2] + 0.1


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


def test_descriptor_does_not_depend_on_the_batch():
    images = [disc("red"), cross("blue"), disc("green")]
    assert np.array_equal(describe(*images), np.vstack([describe(image) for image in images]))


def test_needs_no_files():
    assert (DESCRIPTOR.files, DESCRIPTOR.root) == ((), None)
    assert DESCRIPTOR.fingerprint.startswith("picture-descriptor")
