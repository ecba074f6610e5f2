"""Files that somebody picks."""

from __future__ import annotations

import pytest

pytest.importorskip("nicegui", reason="the pages are made with NiceGUI (the extra serve)")


from aisle.service.api.errors import RefusedError
from aisle.service.pages.try_it.picking import examine
from aisle.service.settings import Limits

HEIC = b"\0\0\0\x18ftypheic" + b"\0" * 40


def test_a_picture_is_seen_anew_as_a_small_jpeg(png: bytes) -> None:
    picked = examine(png, "<b>.png", Limits())
    assert picked.data == png
    assert (picked.thumbnail or "").startswith("data:image/jpeg;base64,")
    assert picked.size == "1 kB"


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
        examine(data, "file", Limits())
    assert "\n" not in str(caught.value)


def test_a_picture_that_ends_early_is_damaged(png: bytes) -> None:
    with pytest.raises(RefusedError, match="damaged picture"):
        examine(png[:60], "file", Limits())


def test_a_picture_that_is_too_large_is_refused(png: bytes) -> None:
    with pytest.raises(RefusedError, match="at most 50"):
        examine(png, "file", Limits(picture_bytes=50))
