import base64
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aisle.errors import OutputError
from aisle.evaluation.presentation import (
    SIDE,
    count,
    data_uri,
    decimal,
    html_table,
    of_hundred,
    percent,
    text_table,
    write_text,
)


@pytest.mark.parametrize(
    ("share", "text"),
    [(1, "100.0 %"), (0.99999, "99.9 %"), (0, "0.0 %"), (1e-9, "0.1 %"), (0.12345, "12.3 %")],
)
def test_percent_says_all_and_nothing_only_where_it_is_so(share, text):
    assert percent(share) == text


@given(st.floats(0, 1))
def test_percent_is_close_to_the_share(share):
    assert float(percent(share).removesuffix(" %")) == pytest.approx(100 * share, abs=0.1)


def test_what_is_not_there_is_a_dash():
    assert percent(None) == percent(float("nan")) == decimal(None) == decimal(float("nan")) == "–"


def test_of_hundred():
    assert [of_hundred(share) for share in (0, 0.001, 0.93, 0.999, 1)] == [
        *("0", "1", "93", "99", "100")
    ]


def test_count_speaks_english():
    assert count(1, "row") == "1 row"
    assert count(2000, "category", "categories") == "2,000 categories"


def test_columns_are_aligned():
    assert text_table(["", "one"], [["long name", "1"], ["b", "22 %"]]) == (
        "            one\nlong name     1\nb          22 %"
    )


def test_chosen_columns_are_aligned_to_the_left():
    assert text_table(["n", "name"], [["10", "a"], ["2", "long"]], left=(1,)) == (
        " n  name\n10  a\n 2  long"
    )


def test_a_table_for_a_notebook_escapes_its_text():
    assert html_table(["a"], [["<b>"]]) == (
        "<table><tr><th>a</th></tr><tr><td>&lt;b&gt;</td></tr></table>"
    )


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


def test_a_page_is_written_whole_and_nothing_else_stays(tmp_path):
    path = tmp_path / "new" / "page.html"
    write_text("first", path)
    write_text("zweite Fassung ✓ \ud800", path)
    assert path.read_text("utf-8").startswith("zweite Fassung ✓")
    assert [one.name for one in path.parent.iterdir()] == ["page.html"]


def test_what_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path):
    (tmp_path / "page.html").mkdir()
    with pytest.raises(OutputError, match="cannot be written") as caught:
        write_text("text", tmp_path / "page.html")
    assert "\n" not in str(caught.value)
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_text("text", tmp_path / "file" / "page.html")
