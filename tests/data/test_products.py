import json
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.data.products import read_products
from aisle.errors import TableError


def read(rows, **how):
    return read_products(pl.DataFrame(rows), **how)


def images(value, root=None):
    return read({"title": ["x"], "image": [value]}, image_root=root)[0].images


def test_texts_are_cleaned_and_keep_the_order_of_the_columns():
    rows = {"b": ["<b>Blue</b>"], "a": [" nan "], "c": ["x &amp; y"]}
    (item,) = read(rows, text=["c", "a", "b"])
    assert item.texts == ("x & y", "", "Blue")
    assert item.text == "x & y\nBlue"


def test_ids_come_from_their_column_or_are_counted():
    assert [item.id for item in read({"title": ["a", "b"], "sku": ["s", None]})] == ["s", "1"]
    assert [item.id for item in read({"title": ["a", "b"]})] == ["0", "1"]


def test_duplicate_ids_are_all_kept_and_said():
    products = read({"title": ["a", "b", "c"], "id": [7, 7, 8]})
    assert [item.id for item in products] == ["7", "7", "8"]
    assert any("2 rows share their 'id'" in note for note in products.notes)


def test_notes_tell_the_guess():
    assert read({"title": ["a"]}).notes == ("guessed columns: text = title",)


@pytest.mark.parametrize(
    ("label", "path"),
    [
        ("Home > Kitchen >  Pans ", ("Home", "Kitchen", "Pans")),
        ("Shoes", ("Shoes",)),
        (["Home", "Pans"], ("Home", "Pans")),
        ("Men &amp; Women > Shoes", ("Men & Women", "Shoes")),
        ("", None),
        ("nan", None),
        (None, None),
        (0, ("0",)),
        (7, ("7",)),
    ],
)
def test_labels(label, path):
    products = read({"title": ["x"], "label": [label]})
    assert products[0].category == path
    assert len(products.labelled()) == (path is not None)


def test_separator_of_labels():
    products = read({"title": ["x"], "label": ["a/b > c"]}, separator="/")
    assert products[0].category == ("a", "b > c")


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("a.jpg", ["a.jpg"]),
        (" sub/a b.jpg ", ["sub/a b.jpg"]),
        ("http://shop.example/pics/a.jpg?size=2", ["a.jpg"]),
        (["a.jpg", "b.jpg"], ["a.jpg", "b.jpg"]),
        ('["http://x.example/a.jpg", "b.jpg"]', ["a.jpg", "b.jpg"]),
        ("['a.jpg', 'b.jpg']", ["a.jpg", "b.jpg"]),
        ("[1] a.jpg", ["[1] a.jpg"]),
        ("[]", []),
        ("", []),
        ("nan", []),
        (None, []),
        ({"bytes": None, "path": "a.jpg"}, ["a.jpg"]),
    ],
)
def test_pictures_lie_under_the_root(tmp_path, value, names):
    assert images(value, tmp_path) == tuple(tmp_path / name for name in names)


def test_pictures_as_bytes_and_as_whole_paths(tmp_path):
    assert images(b"abc") == (b"abc",)
    assert images([b"abc", b"def"]) == (b"abc", b"def")
    assert images({"bytes": b"abc", "path": "a.jpg"}) == (b"abc",)
    assert images(str(tmp_path / "a.jpg"), tmp_path.parent) == (tmp_path / "a.jpg",)


def test_pictures_lie_beside_the_table_by_default(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("title,image\nx,a.jpg\n")
    assert read_products(table)[0].images == (tmp_path / "a.jpg",)


def test_picture_root_that_is_no_folder(tmp_path):
    for root in (tmp_path / "nothing", Path(__file__)):
        with pytest.raises(TableError, match="not a folder that can be read"):
            read({"title": ["x"], "image": ["a.jpg"]}, image_root=root)


def test_pandas_gaps_are_missing():
    frame = pd.DataFrame(
        {"title": ["x", float("nan")], "image": [None, "a.jpg"], "label": ["c", None]}
    )
    first, second = read_products(frame)
    assert (first.texts, first.images, first.category) == (("x",), (), ("c",))
    assert (second.texts, len(second.images), second.category) == (("",), 1, None)


def test_take_and_slices_keep_rows_and_table_together():
    products = read({"title": ["a", "b", "c"], "price": [1, 2, 3]})
    taken = products.take([2, 0])
    assert [item.text for item in taken] == ["c", "a"]
    assert taken.table.column("price").to_pylist() == [3, 1]
    assert [item.text for item in products[1:]] == ["b", "c"]
    assert len(products.take([])) == products.take([]).table.num_rows == 0


cells = (
    st.none() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.text(max_size=3))
)


@given(
    st.lists(st.fixed_dictionaries({"title": cells, "image": cells, "label": cells}), min_size=1)
)
def test_every_row_is_a_product_whatever_its_cells(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "products.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert len(read_products(path, text=["title"])) == len(rows)
