import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.data.columns import Columns
from aisle.data.products import as_products, read_products
from aisle.errors import InputError, TableError
from aisle.schema import Product


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


def test_a_mask_chooses_rows():
    products = read({"title": ["a", "b", "c"]})
    mask = [True, False, True]
    for chosen in (
        mask,
        np.array(mask),
        pd.Series(mask),
        pd.array(mask, "boolean"),
        pl.Series(mask),
    ):
        assert [item.text for item in products.take(chosen)] == ["a", "c"]
    assert products[np.int64(1)].text == "b"
    with pytest.raises(InputError, match="the mask has 2 values, but there are 3 products"):
        products.take([True, False])


def test_attributes_come_along():
    rows = {"title": ["a", "b"], "price": [9.5, None], "brand": ["<b>Acme</b>", "nan"]}
    first, second = read(rows, text=["title"], attributes=["price", "brand"])
    assert first.attributes == {"price": "9.5", "brand": "Acme"}
    assert second.attributes == {"price": "", "brand": ""}
    assert (first.text, hash(first)) == ("a", hash(first))
    with pytest.raises(TableError, match="no column 'colour'"):
        read(rows, attributes=["colour"])


def test_short_to_look_at():
    long = "<script>alert(1)</script> " + "very long text " * 10_000
    titles = [long, "b", "c", "d", "e", "not shown"]
    rows = {"title": titles, "image": [b"x" * 100_000] * 6, "category": ["A > B", *[None] * 5]}
    products = read(rows, text=["title"])
    assert repr(products) == "<Products: 6 products, 1 with a category, 6 with a picture>"
    shown = products._repr_html_()
    assert len(shown) < 3_000
    assert shown.count("<tr>") == 1 + 5
    assert "<script>" not in shown
    assert "A &gt; B" in shown
    assert "not shown" not in shown


def test_the_raw_tree_of_the_flipkart_file_is_read_as_paths():
    raw = ['["Clothing >> Shorts >> Alisha Shorts"]', '["Home >> Pans"]', '["Sports"]']
    products = read({"title": ["a", "b", "c"], "product_category_tree": raw})
    assert [item.category for item in products] == [
        ("Clothing", "Shorts", "Alisha Shorts"),
        ("Home", "Pans"),
        ("Sports",),
    ]
    assert products.columns.separator == " >> "
    assert "no category holds the separator ' > '; they are read with ' >> '" in products.notes


def test_another_likely_separator_is_named_but_not_used():
    products = read({"title": ["a", "b"], "label": ["A / B", "A / C"]})
    assert products[0].category == ("A / B",)
    assert any("most hold ' / '; if that stands between levels" in one for one in products.notes)


def test_as_products_of_products_and_of_a_list_of_them():
    products = read({"title": ["a", "b"]})
    assert as_products(products) is products
    items = [Product("x", ("half \ud800 pair",)), Product("y", category=("A",))]
    found = as_products(items)
    assert list(found) == items
    assert found.table.num_rows == len(found.take([True, True])) == 2
    assert len(as_products([])) == 0


def test_as_products_of_texts_and_frames():
    assert [item.text for item in as_products(["a", "b"])] == ["a", "b"]
    rows = [{"Name": "a", "kind": "A|B", "note": "n"}]
    like = Columns(text=("Name", "body"), label="kind", id="sku", separator="|")
    (item,) = as_products(pd.DataFrame(rows), like)
    assert (item.id, item.texts, item.category) == ("0", ("a",), ("A", "B"))


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
