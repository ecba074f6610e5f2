import io
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from aisle.data.pictures.reading import PictureLimits, decode_image, read_bytes
from aisle.errors import ImageError

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)


def saved(image, kind="PNG", **how):
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def pixel(data, at=(0, 0), size=1):
    image = decode_image(data, size)
    assert image.mode == "RGB"
    return image.getpixel(at)


def near(colour, wanted, tolerance=12):
    return max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) <= tolerance


def refusal(data, size=8):
    with pytest.raises(ImageError) as caught:
        decode_image(data, size)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def left_red_right_blue(size=(40, 20)):
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (0, 0, size[0] // 2, size[1]))
    return image


@pytest.mark.parametrize(
    ("orientation", "size", "red_corner"),
    [
        (1, (40, 20), (1, 1)),
        (2, (40, 20), (38, 1)),
        (3, (40, 20), (38, 1)),
        (4, (40, 20), (1, 1)),
        (5, (20, 40), (1, 1)),
        (6, (20, 40), (1, 1)),
        (7, (20, 40), (1, 38)),
        (8, (20, 40), (1, 38)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_puts_the_picture_upright(kind, orientation, size, red_corner):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode_image(saved(left_red_right_blue(), kind, exif=exif), 20)
    assert image.size == size
    assert near(image.getpixel(red_corner), RED, 40)


@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\x08\0\0\0\xff\xff", b"x"])
def test_damaged_exif_does_not_cost_the_picture(exif):
    assert near(pixel(saved(Image.new("RGB", (9, 9), RED), "JPEG", exif=exif)), RED)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_becomes_white(kind):
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (255, 0, 0, 255))
    data = saved(image, kind, **({"lossless": True} if kind == "WEBP" else {}))
    assert pixel(data) == WHITE
    assert pixel(data, (1, 0)) == RED


def test_half_transparent_is_mixed_with_white():
    assert near(pixel(saved(Image.new("RGBA", (1, 1), (0, 0, 0, 128)))), (127, 127, 127), 1)


def test_grey_with_alpha():
    image = Image.new("LA", (2, 1), (0, 0))
    image.putpixel((1, 0), (100, 255))
    assert pixel(saved(image)) == WHITE
    assert pixel(saved(image), (1, 0)) == (100, 100, 100)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palette_with_transparency(kind):
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, *GREEN])
    image.putpixel((1, 0), 1)
    data = saved(image, kind, transparency=0)
    assert pixel(data) == WHITE
    assert pixel(data, (1, 0)) == GREEN


def test_palette_without_transparency():
    image = Image.new("P", (1, 1))
    image.putpalette(GREEN)
    assert pixel(saved(image)) == GREEN


def test_rgb_with_a_transparent_colour():
    image = Image.new("RGB", (2, 1), RED)
    image.putpixel((1, 0), BLUE)
    assert pixel(saved(image, transparency=RED)) == WHITE
    assert pixel(saved(image, transparency=RED), (1, 0)) == BLUE


def test_cmyk_jpeg():
    assert near(pixel(saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")), RED, 40)


def test_one_bit():
    image = Image.new("1", (2, 1), 0)
    image.putpixel((1, 0), 1)
    assert pixel(saved(image)) == (0, 0, 0)
    assert pixel(saved(image), (1, 0)) == WHITE


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_of_16_bits_keeps_its_shades(kind):
    values = np.array([[0, 16384, 32768, 65535]], dtype=np.uint16)
    image = decode_image(saved(Image.fromarray(values), kind), 1)
    assert np.asarray(image)[0, :, 0].tolist() == [0, 63, 127, 255]


def test_grey_of_12_bits_in_16_is_not_black():
    values = np.array([[0, 2048, 4095]], dtype=np.uint16)
    shades = np.asarray(decode_image(saved(Image.fromarray(values)), 1))[0, :, 0]
    assert shades.tolist() == [0, 127, 255]


def test_float_grey_with_gaps():
    values = np.array([[0.0, 0.5, 1.0, np.nan]], dtype=np.float32)
    shades = np.asarray(decode_image(saved(Image.fromarray(values), "TIFF"), 1))[0, :, 0]
    assert shades.tolist() == [0, 127, 255, 0]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "MPO"])
def test_first_frame_counts(kind):
    first, second = Image.new("RGB", (8, 8), RED), Image.new("RGB", (8, 8), BLUE)
    data = saved(first, kind, save_all=True, append_images=[second])
    assert getattr(Image.open(io.BytesIO(data)), "n_frames", 1) == 2
    assert near(pixel(data), RED)


@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
def test_jpeg_is_decoded_at_the_smallest_scale_that_is_large_enough(kind):
    image = Image.new("RGB", (1600, 800), GREEN)
    frames = {"save_all": True, "append_images": [image]} if kind == "MPO" else {}
    data = saved(image, kind, **frames)
    assert decode_image(data, 100).size == (200, 100)
    assert decode_image(data, 101).size == (400, 200)
    assert decode_image(data, 5000).size == (1600, 800)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_truncated_file_is_reported(kind, keep):
    noise = np.random.default_rng(0).integers(256, size=(64, 64, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), kind)
    refusal(data[: int(len(data) * keep)], 64)


@pytest.mark.parametrize("data", [b"hello, this is a note\n", b"<html></html>", b"\xff\xd8", b"x"])
def test_what_is_no_picture(data):
    assert "not a picture" in refusal(data) or "damaged" in refusal(data)


def test_postscript_is_not_run():
    data = saved(Image.new("RGB", (4, 4), RED), "EPS")
    assert "EPS is a program" in refusal(data)


def png_of(width, height):
    """The smallest PNG file that claims these measures."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(1 << 20), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8001, 30_000, 2**31 - 1])
def test_decompression_bomb_is_refused_without_decoding(monkeypatch, side):
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    assert "pixels are too many" in refusal(png_of(side, side))


def test_progressive_jpeg_has_the_limit_of_pictures_that_are_decoded_whole():
    limits = PictureLimits(pixels=1000)
    image = Image.new("RGB", (64, 64))
    assert decode_image(saved(image, "JPEG"), 8, limits)
    with pytest.raises(ImageError, match="too many"):
        decode_image(saved(image, "JPEG", progressive=True), 8, limits)


MEASURE = """
import resource, sys
from aisle.data.pictures.reading import decode_image, read_bytes
from pathlib import Path
from PIL import Image
Image.preinit()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
image = decode_image(read_bytes(Path(sys.argv[1])), 224)
print(*image.size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux alone")
def test_jpeg_of_93_megapixels_needs_little_memory(tmp_path):
    path = tmp_path / "large.jpg"
    Image.linear_gradient("L").resize((11_500, 8_100), Image.Resampling.NEAREST).save(path)
    run = [sys.executable, "-c", MEASURE, str(path)]
    out = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    width, height, kibibytes = map(int, out.split())
    assert (width, height) == (1438, 1013)
    assert kibibytes < 150_000


def test_file_by_its_path(tmp_path):
    data = saved(Image.new("RGB", (4, 4), RED))
    (tmp_path / "a.png").write_bytes(data)
    assert read_bytes(tmp_path / "a.png") == read_bytes(data) == data


def test_files_that_are_none(tmp_path):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "large.jpg").write_bytes(b"x" * 20)
    os.mkfifo(tmp_path / "pipe.jpg")
    for name, says in [
        ("empty.jpg", "0 bytes"),
        ("large.jpg", "20 bytes; at most 10"),
        ("pipe.jpg", "not a file"),
        ("", "not a file"),
        ("nothing.jpg", "No such file"),
        ("a\0b.jpg", "no file name"),
        ("x" * 300, "too long"),
    ]:
        with pytest.raises(ImageError, match=says) as caught:
            read_bytes(tmp_path / name, PictureLimits(file_bytes=10))
        assert str(tmp_path.parent) not in str(caught.value)
    with pytest.raises(ImageError, match="0 bytes"):
        read_bytes(b"")


VALID = [
    saved(Image.linear_gradient("L").convert("RGB"), kind)
    for kind in ("JPEG", "PNG", "GIF", "WEBP")
]


def picture_or_image_error(data):
    try:
        message = decode_image(data, 32).mode
    except ImageError as error:
        message = str(error)
    assert message == "RGB" or "\n" not in message


@given(st.binary(max_size=200))
def test_random_bytes(data):
    picture_or_image_error(data)


@settings(max_examples=150, deadline=None)
@given(
    data=st.sampled_from(VALID),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
def test_cut_and_flipped_pictures(data, cut, flips):
    damaged = bytearray(data)
    for place, value in flips:
        damaged[int(place * len(data))] = value
    picture_or_image_error(bytes(damaged[: int(cut * len(data)) or None]))
