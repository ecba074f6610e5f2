import base64
import io

from PIL import Image

from aisle.evaluation.thumbnails import SIDE, data_uri


def png(size, colour):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture_becomes_a_small_jpeg():
    uri = data_uri(png((900, 300), (200, 30, 30)))
    head, _, data = uri.partition(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.format == "JPEG"
        assert image.size == (SIDE, SIDE // 3)
        assert abs(image.getpixel((90, 30))[0] - 200) < 6


def test_no_picture_and_broken_ones_are_none(tmp_path):
    assert data_uri(None) is None
    assert data_uri(b"no picture") is None
    assert data_uri(tmp_path / "missing.png") is None
