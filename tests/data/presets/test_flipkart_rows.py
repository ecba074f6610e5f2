import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.data.presets.flipkart.rows import parse_images, parse_specifications, read_rows
from aisle.errors import TableError


def specification(*pairs):
    listed = ", ".join(f"{{{pair}}}" for pair in pairs)
    return f'{{"product_specification"=>[{listed}]}}'


SIZE = '"key"=>"Size", "value"=>"M"'


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (specification(SIZE, '"value"=>"3 shorts"'), "Size: M; 3 shorts"),
        (specification('"key"=>"Size", "value"=>""', '"value"=>"x"'), "x"),
        (specification('"key"=>"Screen", "value"=>"7\\" wide"'), 'Screen: 7" wide'),
        (specification('"key"=>"Care", "value"=>"Wash\\n cold"'), "Care: Wash cold"),
        (f'{{"product_specification"=>{{{SIZE}}}}}', "Size: M"),
        ('{"product_specification"=>[{"key"=>"Size", "value"=>"Me', "Size: Me"),
        ('{"product_specification"=>nil}', ""),
        ("soft and warm", ""),
    ],
)
def test_parse_specifications(raw, text):
    assert parse_specifications(raw) == text


words = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\\"), min_size=1)


@given(st.lists(st.tuples(words, words), min_size=1))
def test_whatever_keys_and_values_hold_is_kept(pairs):
    escaped = [[text.replace('"', '\\"') for text in pair] for pair in pairs]
    raw = specification(*(f'"key"=>"{key}", "value"=>"{value}"' for key, value in escaped))
    assert parse_specifications(raw) == "; ".join(f"{key}: {value}" for key, value in pairs)


@pytest.mark.parametrize(
    ("cell", "images"),
    [
        ('["http://a/1.jpg", "http://a/2.jpg"]', ("http://a/1.jpg", "http://a/2.jpg")),
        ('["http://a/1.jpg", "http://a/2.j', ("http://a/1.jpg", "http://a/2.j")),
        (["1.jpg", "2.jpg", None], ("1.jpg", "2.jpg")),
        ("1.jpg", ("1.jpg",)),
        ("[]", ()),
        ("[" * 100_000, ()),
        ("nan", ()),
        (None, ()),
    ],
)
def test_parse_images(cell, images):
    assert parse_images(cell) == images


def test_row_of_the_csv_file():
    (row,) = read_rows(
        pa.table(
            {
                "uniq_id": ["a1"],
                "product_name": [" Alisha Shorts "],
                "product_category_tree": ['["Clothing >> Shorts"]'],
                "image": ['["http://a/1.jpg"]'],
                "description": ["Soft"],
                "brand": ["No rating available"],
                "product_specifications": [specification(SIZE)],
            }
        )
    )
    assert (row.id, row.title, row.description, row.brand) == ("a1", "Alisha Shorts", "Soft", "")
    assert row.specifications == "Size: M"
    assert (row.image_files, row.image_urls) == ((), ("http://a/1.jpg",))


def test_row_of_the_parquet_file():
    rows = read_rows(
        pa.table(
            {
                "uniq_id": ["a1", "a2"],
                "product_name": ["Shorts", None],
                "product_category_tree": ["nan", None],
                "brand": [float("nan"), None],
                "description": ["None", "Raw"],
                "description_cleaned": ["soft warm", "raw"],
                "images": [["1.jpg", "2.jpg"], None],
                "image_urls": ['["http://a/1.jpg"]', None],
            }
        )
    )
    assert [row.description for row in rows] == ["soft warm", "Raw"]
    assert [(row.title, row.tree, row.brand) for row in rows] == [("Shorts", "", ""), ("", "", "")]
    assert rows[0].image_files == ("1.jpg", "2.jpg")
    assert rows[0].image_urls == ("http://a/1.jpg",)


def test_table_of_another_kind():
    with pytest.raises(TableError, match="no column product_name, product_category_tree; the Flip"):
        read_rows(pa.table({"uniq_id": ["1"]}))
