import errno
import json
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import ExifTags, Image

from aisle.catalogue import (
    CATALOGUE_FILE,
    GENERATED,
    KIT_FILE,
    WRONG_LABELS,
    sample_products,
    write_catalogue,
)
from aisle.errors import OutputError

MISSING = {None, "", "nan", "NaN"}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_catalogue(tmp_path_factory.mktemp("sample") / "shop")


@pytest.fixture(scope="module")
def rows(table):
    return pq.read_table(table).to_pylist()


def files(table, rows):
    return [table.parent / name for row in rows for name in row["images"]]


def is_readable(path):
    try:
        with Image.open(path) as picture:
            picture.load()
    except OSError:
        return False
    return True


def test_columns_are_those_of_a_real_table(table, rows):
    schema = pq.read_schema(table)
    assert schema.names == [
        "id",
        "title",
        "description",
        "brand",
        "images",
        "category",
        "generated",
    ]
    assert schema.field("images").type == pa.list_(pa.string())
    assert len(rows) == 600
    assert len({row["id"] for row in rows}) == len(rows)


def test_sample_is_marked_as_generated(table, rows):
    assert all(row["generated"] is True for row in rows)
    assert pq.read_schema(table).metadata[GENERATED] == b"true"
    assert "generated sample" in (table.parent / "README.txt").read_text(encoding="utf-8")


def test_categories_make_a_tree_of_two_levels(rows):
    counts = Counter(row["category"] for row in rows)
    assert 12 <= len(counts) <= 16
    assert min(counts.values()) >= 30
    assert all(len(category.split(" > ")) == 2 for category in counts)
    assert len({category.split(" > ")[0] for category in counts}) < len(counts)


def test_what_the_wheel_carries_is_small():
    assert CATALOGUE_FILE.stat().st_size + KIT_FILE.stat().st_size < 2_000_000


@pytest.mark.parametrize("column", ["title", "description", "brand"])
@pytest.mark.parametrize("missing", [None, "", "nan", "NaN"])
def test_every_text_column_is_missing_in_every_way(rows, column, missing):
    assert any(row[column] == missing for row in rows)


@pytest.mark.parametrize(
    ("column", "pattern"),
    [
        ("title", r"FREE delivery"),
        ("title", r"Best price!!"),
        ("title", r"^[A-Z0-9 ,/\-.:']{12,}$"),
        ("title", r"[🔥✨🎁💯]"),
        ("title", r"\bw/|\blthr\b|\bcttn\b"),
        ("title", r"â€œ"),
        ("title", r"&reg;"),
        ("title", r"^  "),
        ("title", r"Great gift for (her|him)"),
        ("title", r"Tischlampe|Rucksack|Armbanduhr|Halskette"),
        ("title", r"montre|collier|sac à dos|tasse"),
        ("description", r"<p[ >].*<li>"),
        ("description", r"&nbsp;"),
        ("description", r"&amp;amp;"),
        ("description", r"\r\n"),
        ("description", r"\r[^\n]"),
        ("description", r"Tags: "),
        ("description", r"Größe"),
        ("description", r"Qualité"),
    ],
)
def test_every_kind_of_mess_is_in_the_texts(rows, column, pattern):
    assert sum(bool(re.search(pattern, row[column] or "")) for row in rows) >= 2


def test_pictures_are_stored_in_every_way(table, rows):
    kinds = Counter()
    for file in filter(is_readable, files(table, rows)):
        with Image.open(file) as picture:
            turned = picture.getexif().get(ExifTags.Base.Orientation)
            kinds[picture.format, picture.mode, turned] += 1
            assert 130 <= min(picture.size) <= max(picture.size) <= 160
    assert set(kinds) == {
        ("JPEG", "RGB", None),
        ("JPEG", "RGB", 6),
        ("JPEG", "CMYK", None),
        ("PNG", "RGB", None),
        ("PNG", "RGBA", None),
        ("PNG", "P", None),
    }
    assert min(kinds.values()) >= 5
    assert kinds["JPEG", "RGB", None] > 400


def test_some_listings_have_no_picture_and_some_have_several(rows):
    counts = Counter(len(row["images"]) for row in rows)
    assert set(counts) == {0, 1, 2, 3}
    assert counts[0] >= 20


def test_picture_names_do_not_tell_the_category(rows):
    for row in rows:
        for number, name in enumerate(row["images"], start=1):
            assert re.fullmatch(rf"images/{row['id']}-{number}\.(jpg|png)", name)


def test_wrong_labels_are_recorded(table, rows):
    wrong = json.loads(pq.read_schema(table).metadata[WRONG_LABELS])
    readme = (table.parent / "README.txt").read_text(encoding="utf-8")
    labels = {row["id"]: row["category"] for row in rows}
    assert 0.01 <= len(wrong) / len(rows) <= 0.02
    for id_, truth in wrong.items():
        assert truth != labels[id_]
        assert truth in labels.values()
        assert f"{id_}  {labels[id_]}  ({truth})" in readme


def test_reposted_listings_show_the_same_picture(table, rows):
    jpegs = [file.read_bytes() for file in files(table, rows) if file.exists()]
    assert sum(count > 1 for count in Counter(jpegs).values()) >= 10


def test_listing_without_anything_to_go_by_is_there(rows):
    bare = [r for r in rows if {r["title"], r["description"]} <= MISSING and not r["images"]]
    assert 1 <= len(bare) <= 4


@pytest.mark.parametrize("content", [b"no Parquet at all", None])
def test_table_of_another_origin_is_kept(tmp_path, content):
    foreign = tmp_path / "products.parquet"
    if content is None:
        pq.write_table(pa.table({"title": ["mine"]}), foreign)
    else:
        foreign.write_bytes(content)
    before = foreign.read_bytes()
    with pytest.raises(OutputError, match=r"no generated sample; give another folder"):
        write_catalogue(tmp_path)
    assert foreign.read_bytes() == before


def test_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"cannot be written to .*file") as caught:
        write_catalogue(tmp_path / "file" / "shop")
    assert "\n" not in str(caught.value)


def test_full_disk_leaves_no_table(tmp_path, monkeypatch):
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_catalogue(tmp_path)
    assert not (tmp_path / "products.parquet").exists()


def test_only_some_pictures_cannot_be_read(table, rows):
    broken = [file for file in files(table, rows) if not is_readable(file)]
    present = [file.read_bytes() for file in broken if file.exists()]
    assert len(broken) - len(present) >= 3
    assert sum(data.startswith(b"\xff\xd8") for data in present) >= 3
    assert sum(data.startswith(b"<html>") for data in present) >= 3
    assert len(broken) < 30


def test_earlier_sample_is_written_over_and_missing_pictures_are_removed(table, rows):
    missing = next(file for file in files(table, rows) if not file.exists())
    missing.write_bytes(b"of an earlier sample")
    write_catalogue(table.parent)
    assert not missing.exists()


def test_kit_photo_can_be_read(table):
    assert is_readable(table.parent / "kit.jpg")


def test_products_to_try_are_clear():
    products = sample_products()
    assert len(products) >= 50
    assert len({product.category[0] for product in products}) >= 8
    for product in products:
        assert not set(product.texts) & MISSING
        assert product.images[0].startswith((b"\xff\xd8", b"\x89PNG"))
