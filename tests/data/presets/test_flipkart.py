from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aisle.data.pictures.sources import LocalPictures, NoPictures
from aisle.data.presets.flipkart.labels import FirstLevels, FrequentRootWords, Unlabelled, full_path
from aisle.data.presets.flipkart.preparing import prepare_flipkart
from aisle.data.products import read_products
from aisle.errors import LabelError, OutputError, TableError

REAL = Path(__file__).parents[4] / "shared" / "data" / "flipkart"
needs_real_data = pytest.mark.skipif(not REAL.is_dir(), reason=f"no Flipkart files in {REAL}")

HEADER = "uniq_id,product_name,product_category_tree,image,description,brand,product_specifications"
ROWS = (
    'a1,Alisha Cycling Shorts,"[""Clothing >> Shorts >> Alisha Shorts >> Alisha Cycling Sho...""]",'
    'a1.jpg,Soft,Alisha,"{""product_specification""=>[{""key""=>""Size"", ""value""=>""M""}]}"',
    'a2,Vishudh Kurta,"[""Vishudh Kurta""]",a2.jpg,,,',
    'a3,Radiant Bay Ring,"[""Jewellery >> Rings""]",,nan,,',
    "a4,Lost,,,,,",
    'a1,Alisha Again,"[""Clothing >> Shorts""]",,,,',
    ',Nameless,"[""Clothing >> Shorts""]",,,,',
)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "flipkart.csv"
    path.write_text("\n".join([HEADER, *ROWS]))
    return path


def prepare(source, to, label_rule=full_path, pictures=None):
    return prepare_flipkart(source, to, label_rule=label_rule, pictures=pictures or NoPictures())


def test_every_row_is_kept_or_set_aside_with_a_reason(source, tmp_path):
    summary = prepare(source, tmp_path / "out")
    assert (summary.rows, summary.kept, summary.categories) == (6, 2, 2)
    assert summary.products == tmp_path / "out" / "products.parquet"
    aside = pq.read_table(tmp_path / "out" / "set_aside.parquet").to_pylist()
    assert [(row["id"], row["reason"]) for row in aside] == [
        ("a2", "the category tree holds the product's own name alone"),
        ("a4", "no category tree"),
        ("a1", "an earlier row has the same id"),
        (None, "no id"),
    ]
    assert aside[0]["tree"] == '["Vishudh Kurta"]'
    assert summary.set_aside == {row["reason"]: 1 for row in aside}


def test_canonical_columns(source, tmp_path):
    summary = prepare(source, tmp_path / "out")
    table = pq.read_table(summary.products)
    assert table.schema.field("images").type == pa.list_(pa.string())
    assert table.to_pylist() == [
        {
            "id": "a1",
            "title": "Alisha Cycling Shorts",
            "description": "Soft",
            "brand": "Alisha",
            "specifications": "Size: M",
            "category": "Clothing > Shorts",
            "images": None,
            "image_status": "none",
        },
        {
            "id": "a3",
            "title": "Radiant Bay Ring",
            "description": None,
            "brand": None,
            "specifications": None,
            "category": "Jewellery > Rings",
            "images": None,
            "image_status": "none",
        },
    ]


def test_products_are_read_without_naming_a_column(source, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a1.jpg").touch()
    summary = prepare(source, tmp_path / "out", pictures=LocalPictures(photos))
    assert summary.pictures == {"ok": 1, "none": 1}
    first, second = read_products(summary.products)
    assert first.id == "a1"
    assert first.texts == ("Alisha Cycling Shorts", "Alisha", "Size: M", "Soft")
    assert first.category == ("Clothing", "Shorts")
    assert first.images == (photos / "a1.jpg",)
    assert second.images == ()


def test_label_rule_sees_only_rows_with_a_category(source, tmp_path):
    summary = prepare(source, tmp_path, FrequentRootWords(more_than=0))
    assert pq.read_table(summary.products)["category"].to_pylist() == ["clothing", "jewellery"]


def test_rows_that_the_rule_leaves_out_are_set_aside(source, tmp_path):
    with pytest.raises(LabelError, match=r"none of the 6 rows .*first word of the root \(2\)"):
        prepare(source, tmp_path / "out", FrequentRootWords())
    assert not (tmp_path / "out").exists()


def test_table_of_another_kind(tmp_path):
    (tmp_path / "other.csv").write_text("id,title\n1,a\n")
    with pytest.raises(TableError, match="no column uniq_id"):
        prepare(tmp_path / "other.csv", tmp_path / "out")


def test_target_that_is_a_file(source):
    with pytest.raises(OutputError, match="cannot be made"):
        prepare(source, source)


PATHS = [("Home Decor", "Clocks", "Wall Clocks"), ("Home Furnishing",), ("Gaming", "Mice")]


def test_full_path():
    assert full_path(PATHS) == PATHS


def test_first_levels():
    assert FirstLevels(2)(PATHS) == [("Home Decor", "Clocks"), ("Home Furnishing",), PATHS[2]]


def test_there_is_no_level_0():
    with pytest.raises(LabelError, match="no level 0"):
        FirstLevels(0)


def test_frequent_root_words():
    labels = FrequentRootWords(more_than=1)(PATHS)
    assert labels[:2] == [("home",), ("home",)]
    assert isinstance(labels[2], Unlabelled)
    assert all(isinstance(label, Unlabelled) for label in FrequentRootWords(more_than=2)(PATHS))


@needs_real_data
def test_ten_labels_of_the_whole_set(tmp_path):
    summary = prepare(REAL / "products.parquet", tmp_path, FrequentRootWords())
    labels = pq.read_table(summary.products)["category"].to_pylist()
    names = "automotive beauty clothing computers footwear home jewellery kitchen mobiles watches"
    assert (summary.rows, summary.kept) == (20_000, 17_285)
    assert set(labels) == set(names.split())


@needs_real_data
def test_levels_of_the_whole_set(tmp_path):
    summary = prepare(REAL / "products.parquet", tmp_path)
    paths = [
        tuple(label.split(" > "))
        for label in pq.read_table(summary.products)["category"].to_pylist()
    ]
    assert (summary.kept, summary.categories) == (19_677, 944)
    assert [len(set(FirstLevels(level)(paths))) for level in (1, 2, 3)] == [32, 183, 537]


@needs_real_data
def test_pictures_of_the_1050_set(tmp_path):
    source = REAL / "flipkart_com-ecommerce_sample_1050.csv"
    summary = prepare(source, tmp_path, FirstLevels(1), LocalPictures(REAL / "images"))
    assert (summary.kept, summary.categories) == (1050, 7)
    assert summary.pictures == {"ok": 1048, "missing": 2}
