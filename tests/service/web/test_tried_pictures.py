"""Pictures that visitors try the model with."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from aisle.service.api.errors import RefusedError
from aisle.service.settings import Limits
from aisle.service.web.tried_pictures import NAME_CHARACTERS, TriedPictures

HEIC = b"\0\0\0\x18ftypheic" + b"\0" * 40


def picture(shade: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (24, 24), (shade, 40, 40)).save(file, "BMP")
    return file.getvalue()


def test_a_picture_is_kept_and_drawn_anew(png: bytes) -> None:
    tried = TriedPictures()
    taken = tried.take(png, "x" * 300, Limits())
    assert tried.read(taken.digest) == png
    assert (taken.thumbnail or "").startswith("data:image/jpeg;base64,")
    assert (taken.size, len(taken.name)) == ("1 kB", NAME_CHARACTERS)


def test_the_oldest_make_room() -> None:
    files = [picture(shade) for shade in (10, 20, 30)]
    tried = TriedPictures(most=2 * len(files[0]))
    first, second = (tried.take(one, "", Limits()).digest for one in files[:2])
    assert tried.read(first)
    third = tried.take(files[2], "", Limits()).digest
    assert tried.read(second) is None, "the first was read since"
    assert tried.read(first) == files[0]
    assert tried.read(third) == files[2]


@pytest.mark.parametrize("digest", ["", "0" * 64, "../../etc/passwd"])
def test_what_was_never_taken_is_not_there(digest: str) -> None:
    assert TriedPictures().read(digest) is None


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"words", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (HEIC, "HEIC"),
    ],
)
def test_what_is_no_picture_is_said_in_one_line(data: bytes, sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence) as caught:
        TriedPictures().take(data, "file", Limits())
    assert "\n" not in str(caught.value)


def test_a_picture_that_ends_early_is_damaged(png: bytes) -> None:
    with pytest.raises(RefusedError, match="damaged picture"):
        TriedPictures().take(png[:60], "file", Limits())


def test_a_picture_that_is_too_large_is_refused(png: bytes) -> None:
    with pytest.raises(RefusedError, match="at most 50"):
        TriedPictures().take(png, "file", Limits(picture_bytes=50))
