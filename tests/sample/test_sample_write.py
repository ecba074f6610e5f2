import errno
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import ExifTags, Image

from aisle.errors import OutputError
from aisle.sample import GENERATED, WRONG_LABELS, mess, write, write_sample
from aisle.sample.recipes import PictureKind, TextKind, plan
from aisle.sample.shots import shots
from aisle.sample.texts import write_text

RECIPES = plan(0)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("sample") / "shop")


@pytest.fixture(scope="module")
def rows(table):
    return pq.read_table(table).to_pylist()


@pytest.fixture
def small_plan(monkeypatch):
    def choose(*recipes):
        monkeypatch.setattr(write, "plan", lambda seed: list(recipes))

    choose(*RECIPES[:3])
    return choose


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


def test_sample_is_small(table):
    assert sum(file.stat().st_size for file in table.parent.rglob("*.*")) < 6e6


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


def test_slips_of_the_finger_are_there():
    misspelt = [recipe for recipe in RECIPES if recipe.title_mess is mess.misspelt]
    meant = [write_text(replace(recipe, title_mess=mess.clean)).title for recipe in misspelt]
    written = [write_text(recipe).title for recipe in misspelt]
    assert sum(a != b for a, b in zip(written, meant, strict=True)) > 20


def test_only_the_broken_pictures_cannot_be_read(table, rows):
    broken = {
        table.parent / row["images"][0]
        for row, recipe in zip(rows, RECIPES, strict=True)
        if recipe.picture == PictureKind.UNREADABLE
    }
    unreadable = {file for file in files(table, rows) if not is_readable(file)}
    assert unreadable == broken
    assert sum(not file.exists() for file in broken) >= 3
    present = [file.read_bytes() for file in broken if file.exists()]
    assert sum(data.startswith(b"\xff\xd8") for data in present) >= 3
    assert sum(data.startswith(b"<html>") for data in present) >= 3


def test_pictures_are_stored_in_every_way(table, rows):
    kinds = Counter()
    for file in filter(is_readable, files(table, rows)):
        with Image.open(file) as picture:
            turned = picture.getexif().get(ExifTags.Base.Orientation)
            kinds[picture.format, picture.mode, turned] += 1
            assert 150 <= min(picture.size) <= max(picture.size) <= 224
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
    truths = [" > ".join(recipe.category.path) for recipe in RECIPES]
    assert [wrong.get(row["id"], row["category"]) for row in rows] == truths


def test_the_same_seed_makes_the_same_sample(table, rows):
    for row, recipe in zip(rows, plan(0), strict=True):
        text = write_text(recipe)
        assert (row["title"], row["description"]) == (text.title, text.description)
    for row, recipe in list(zip(rows, RECIPES, strict=True))[::25]:
        for name, shot in zip(row["images"], shots(recipe), strict=True):
            data = shot.format.encode(shot.photo)
            assert data is None or (table.parent / name).read_bytes() == data


def test_reposted_listings_show_the_same_picture(table, rows):
    jpegs = [file.read_bytes() for file in files(table, rows) if file.exists()]
    assert sum(count > 1 for count in Counter(jpegs).values()) >= 10


def test_listing_without_anything_to_go_by_is_there(rows):
    missing = {None, "", "nan", "NaN"}
    bare = [r for r in rows if {r["title"], r["description"]} <= missing and not r["images"]]
    assert 1 <= len(bare) <= 4


def test_earlier_sample_is_written_over(tmp_path, small_plan):
    write_sample(tmp_path)
    small_plan(*RECIPES[:2])
    assert pq.read_table(write_sample(tmp_path)).num_rows == 2


def test_picture_that_is_to_be_missing_is_removed(tmp_path, small_plan):
    def is_missing(recipe):
        return any(shot.format.encode(shot.photo) is None for shot in shots(recipe))

    small_plan(next(filter(is_missing, RECIPES)))
    earlier = tmp_path / "images" / "S0001-1.jpg"
    earlier.parent.mkdir()
    earlier.write_bytes(b"of an earlier sample")
    write_sample(tmp_path)
    assert not earlier.exists()


@pytest.mark.parametrize("content", [b"no Parquet at all", None])
def test_table_of_another_origin_is_kept(tmp_path, small_plan, content):
    foreign = tmp_path / "products.parquet"
    if content is None:
        pq.write_table(pa.table({"title": ["mine"]}), foreign)
    else:
        foreign.write_bytes(content)
    before = foreign.read_bytes()
    with pytest.raises(OutputError, match=r"no generated sample; give another folder"):
        write_sample(tmp_path)
    assert foreign.read_bytes() == before


def test_folder_that_cannot_be_made_is_one_line(tmp_path, small_plan):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"cannot be written to .*file") as caught:
        write_sample(tmp_path / "file" / "shop")
    assert "\n" not in str(caught.value)


def test_full_disk_leaves_no_table(tmp_path, small_plan, monkeypatch):
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_sample(tmp_path)
    assert not (tmp_path / "products.parquet").exists()


def test_text_kinds_are_all_there():
    assert {recipe.text for recipe in RECIPES} == set(TextKind)
