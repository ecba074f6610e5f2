import pytest

from aisle.errors import OutputError
from aisle.evaluation.pages import write_text


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
