import io

import pytest
from picture_server import picture
from PIL import Image

from aisle.data.download.fetched import FetchError, FetchStatus, check_picture


@pytest.mark.parametrize(
    ("form", "ending"),
    [("JPEG", ".jpg"), ("PNG", ".png"), ("GIF", ".gif"), ("WEBP", ".webp"), ("BMP", ".bmp")],
)
def test_ending_follows_the_content(form, ending):
    assert check_picture(picture(form)).ending == ending


def test_several_jpegs_in_one_file_are_a_jpeg():
    stream = io.BytesIO()
    page = Image.new("RGB", (8, 8))
    page.save(stream, "MPO", save_all=True, append_images=[page])
    assert check_picture(stream.getvalue()).ending == ".jpg"


def test_decompression_bomb_is_too_large(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(FetchError) as caught:
        check_picture(picture("PNG"))
    assert caught.value.status == FetchStatus.TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"<html>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        picture()[:30],
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(FetchError) as caught:
        check_picture(data)
    assert caught.value.status == FetchStatus.NOT_A_PICTURE


def test_transient_failures_are_those_that_may_pass():
    assert {status for status in FetchStatus if status.transient} == {
        FetchStatus.UNREACHABLE,
        FetchStatus.TIMEOUT,
        FetchStatus.BROKEN,
        FetchStatus.BUSY,
    }
