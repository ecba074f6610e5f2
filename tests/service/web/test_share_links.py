"""Links that bring a product back."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("sqlalchemy", reason="pictures are kept by the review desk (the extra serve)")

from aisle.errors import InputError
from aisle.review.picture_store import PictureStore
from aisle.service.web.share_links import LINK_CHARACTERS, Shared, follow_link, make_link


def followed(link: str, folder: Path) -> Shared:
    query = parse_qs(urlsplit(link).query)
    return follow_link(query.get("text", [""])[0], query.get("picture", []), folder)


@given(st.text(max_size=300))
def test_a_text_comes_back(text: str) -> None:
    assert followed(make_link(text, (), Path("nowhere")), Path("nowhere")).text == text


def test_pictures_are_kept_and_come_back(tmp_path: Path) -> None:
    shared = followed(make_link("mug & cup", [b"front", b"back"], tmp_path), tmp_path)
    assert shared.text == "mug & cup"
    assert [PictureStore(tmp_path).read(one) for one in shared.pictures] == [b"front", b"back"]
    assert shared.missing == 0


def test_nothing_is_kept_of_a_text_alone(tmp_path: Path) -> None:
    make_link("mug", (), tmp_path / "pictures")
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_is_too_long_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too long for a link") as caught:
        make_link("mug " * LINK_CHARACTERS, [b"picture"], tmp_path / "pictures")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_half_a_surrogate_pair_does_not_break_a_link(tmp_path: Path) -> None:
    assert followed(make_link("a\ud800b", (), tmp_path), tmp_path).text == "a?b"


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd", "x", "0" * 64 + "/.."])
def test_a_picture_that_is_not_kept_is_counted(tmp_path: Path, digest: str) -> None:
    assert follow_link("mug", [digest], tmp_path) == Shared("mug", (), 1)
