"""Decisions as tables, and together with tables of products."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from handmade import PAN, SHIRT
from review_entries import MUGS, PANS, picture

import aisle
from aisle.data.columns import Columns
from aisle.data.products import Products, read_products
from aisle.errors import InputError, OutputError, StoreError, TableError
from aisle.review.decision_table import ChunkSize, export_decisions, join_decisions, read_decisions
from aisle.review.picture_store import PictureStore
from aisle.review.records import Action, DecisionRecord
from aisle.schema import Product

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
ENDINGS = ["parquet", "csv", "jsonl"]


@pytest.fixture
def pictures(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "pictures")


@pytest.fixture
def exported(tmp_path: Path, pictures: PictureStore) -> Callable[..., Path]:
    """Exports decisions; the file."""

    def write(records: Iterable[DecisionRecord], ending: str, *columns: str) -> Path:
        file = tmp_path / f"decisions.{ending}"
        export_decisions(records, file, pictures, columns)
        return file

    return write


def record(key: str, *texts: str, pictures: Iterable[str] = ()) -> DecisionRecord:
    return DecisionRecord(1, key, texts, tuple(pictures), Action.ASSIGN, MUGS, "Ada", NOON)


def rows_of(file: Path) -> list[dict[str, object]]:
    if file.suffix == ".parquet":
        return pq.read_table(file).to_pylist()
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines) if file.suffix == ".csv" else map(json.loads, lines))


@pytest.mark.parametrize("ending", ENDINGS)
def test_one_row_for_each_decision_that_stands(exported, ending: str) -> None:
    skipped = replace(record("skipped"), action=Action.SKIP, category=None)
    undone = replace(record("undone"), undone_at=NOON + timedelta(seconds=1))
    again = replace(record("undone", "Pan"), category=PANS, reviewer="Grace")
    unfit = replace(record("unfit", "Kite"), action=Action.NO_CATEGORY, category=None)
    file = exported([record("a", "Mug"), skipped, undone, again, unfit], ending)
    rows = rows_of(file)
    assert [(row["id"], row["text"], row["category"], row["reviewer"]) for row in rows] == [
        ("a", "Mug", "Kitchen > Mugs", "Ada"),
        ("undone", "Pan", "Kitchen > Pans", "Grace"),
        ("unfit", "Kite", "", "Ada"),
    ]
    assert [one.category for one in read_decisions(file)] == [MUGS, PANS, None]
    when = rows[0]["decided_at"]
    assert (datetime.fromisoformat(when) if isinstance(when, str) else when) == NOON


def test_parquet_is_read_with_labels_texts_and_pictures(exported, pictures: PictureStore) -> None:
    shown = [picture(1), picture(2, form="JPEG")]
    first = record("a", "Blue mug", "of stone", pictures=map(pictures.keep, shown))
    file = exported([first, replace(record("b", "Pan"), category=PANS)], "parquet", "title", "body")
    products = aisle.read_products(file)
    assert [(one.id, one.texts, one.images, one.category) for one in products] == [
        ("a", ("Blue mug", "of stone"), tuple(shown), MUGS),
        ("b", ("Pan", ""), (), PANS),
    ]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_text_files_have_no_pictures(exported, pictures: PictureStore, ending: str) -> None:
    (row,) = rows_of(exported([record("a", "Mug", pictures=[pictures.keep(b"x")])], ending))
    assert [*row] == ["id", "text", "category", "reviewer", "decided_at"]


def test_the_columns_of_parquet_are_there_without_a_row(exported) -> None:
    table = pq.read_table(exported([], "parquet", "title"))
    assert table.num_rows == 0
    assert table.column_names == ["id", "title", "category", "image", "reviewer", "decided_at"]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), ("", "")),
        (("Mug",), ("Mug", "")),
        (("Mug", "blue"), ("Mug", "blue")),
        (("Mug", "blue", "", "of stone"), ("Mug", "blue\nof stone")),
    ],
)
@pytest.mark.parametrize("ending", ENDINGS)
def test_what_texts_are_more_goes_into_the_last_column(exported, texts, expected, ending) -> None:
    (row,) = rows_of(exported([record("a", *texts)], ending, "title", "body"))
    assert (row["title"], row["body"]) == expected


@pytest.mark.parametrize("ending", ENDINGS)
def test_any_text_comes_back_as_it_was(exported, ending: str) -> None:
    text = "a \"b\", 'c'\nnew line; =1+1 \U0001f600 \u2028 тест \\ "
    key, broken = "ключ, ';\" \\", "half \ud800 pair"
    (row,) = rows_of(exported([record(key, text, broken)], ending, "title", "body"))
    assert (row["id"], row["title"], row["body"]) == (key, text, "half ? pair")


def test_a_picture_that_is_gone_is_left_out(
    exported, pictures: PictureStore, tmp_path: Path
) -> None:
    gone, there = map(pictures.keep, (picture(1), picture(2)))
    next(tmp_path.glob(f"pictures/*/*/{gone}")).unlink()
    (product,) = read_decisions(exported([record("a", "Mug", pictures=[gone, there])], "parquet"))
    assert product.images == (picture(2),)


@pytest.mark.parametrize("size", [ChunkSize(rows=3), ChunkSize(picture_bytes=3)])
def test_many_are_written_some_at_a_time(pictures, tmp_path: Path, size: ChunkSize) -> None:
    digest = pictures.keep(b"x")
    records = [record(f"p{number}", "Mug", pictures=[digest]) for number in range(8)]
    file = tmp_path / "decisions.parquet"
    export_decisions(records, file, pictures, size=size)
    assert [row["id"] for row in rows_of(file)] == [one.key for one in records]
    assert pq.ParquetFile(file).num_row_groups == 3


@pytest.mark.parametrize(
    "columns", [("title", "category"), ("id",), ("image",), ("decided_at",), ("a", "b", "a")]
)
def test_columns_of_one_name_are_refused(exported, tmp_path: Path, columns) -> None:
    with pytest.raises(InputError, match="cannot be the text columns; give different names"):
        exported([record("a")], "csv", *columns)
    assert not (tmp_path / "decisions.csv").exists()


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_folder_that_cannot_be_written(
    tmp_path: Path, pictures: PictureStore, ending: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written: Not a directory"):
        export_decisions([record("a")], tmp_path / "file" / f"d.{ending}", pictures)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_breaks_off_leaves_the_file_as_it_was(exported, tmp_path: Path, ending: str) -> None:
    def breaking() -> Iterator[DecisionRecord]:
        yield record("b")
        raise StoreError("gone")

    before = exported([record("a")], ending).read_bytes()
    with pytest.raises(StoreError):
        exported(breaking(), ending)
    assert (tmp_path / f"decisions.{ending}").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"decisions.{ending}", "pictures"]


def table_of(*items: Product, key: str | None = "id") -> Products:
    table = pa.table({"id": [one.id for one in items], "brand": [f"b{one.id}" for one in items]})
    return Products(items, table, Columns(id=key))


SHOP = table_of(
    Product("a", ("shirt", "long"), (Path("a.png"),), SHIRT),
    Product("b", ("lid", ""), (Path("b.png"),), SHIRT),
    Product("c", ("pan",), (), PAN),
)


def test_products_of_the_same_id_are_replaced_in_their_place() -> None:
    decided = table_of(Product("new", ("cup",), (), PAN), Product("b", ("lid of a pan",), (), PAN))
    joined = join_decisions(SHOP, decided)
    assert (joined.replaced, joined.new) == (1, 1)
    assert [one.id for one in joined.products] == ["a", "b", "c", "new"]
    assert joined.products[1] == Product("b", ("lid of a pan",), (), PAN)
    assert joined.products.table.column("brand").to_pylist() == ["ba", "bb", "bc", None]
    assert joined.products.columns == SHOP.columns


def test_pictures_stay_where_the_export_has_none_and_the_texts_are_the_same() -> None:
    same, other = Product("b", ("lid",), (), PAN), Product("a", ("shirts",), (), PAN)
    joined = join_decisions(SHOP, table_of(same, other)).products
    assert joined[1].images == (Path("b.png"),)
    assert joined[0].images == ()
    shown = Product("b", ("lid",), (picture(1),), PAN)
    assert join_decisions(SHOP, table_of(shown)).products[1].images == shown.images


def test_the_last_of_several_decisions_counts_and_rows_of_one_id_become_one() -> None:
    twice = table_of(*SHOP, Product("b", ("lid again",), (), SHIRT))
    decisions = [Product("b", ("lid",), (), category) for category in (SHIRT, PAN)]
    joined = join_decisions(twice, table_of(*decisions))
    assert (joined.replaced, joined.new) == (1, 0)
    assert [(one.id, one.category) for one in joined.products] == [
        ("a", SHIRT),
        ("b", PAN),
        ("c", PAN),
    ]


def test_row_numbers_are_no_keys() -> None:
    unkeyed = table_of(Product("0", ("shirt",), (), SHIRT), key=None)
    joined = join_decisions(unkeyed, table_of(Product("0", ("pan",), (), PAN)))
    assert (joined.replaced, joined.new) == (0, 1)
    assert [one.category for one in joined.products] == [SHIRT, PAN]


def test_what_no_category_fits_is_left_out_whatever_the_table_says() -> None:
    new = Product("new", ("cup",), (), PAN)
    joined = join_decisions(SHOP, table_of(Product("b", ("lid",)), Product("x", ("lid",)), new))
    assert [one.id for one in joined.products] == ["a", "c", "new"]
    assert joined.products.table.column("brand").to_pylist() == ["ba", "bc", None]
    assert (joined.replaced, joined.new, joined.without) == (0, 1, 2)


def test_texts_keep_their_order_whatever_their_columns_are_called(tmp_path: Path) -> None:
    row = {"id": "a", "z": "first", "description": "second", "title": "third"}
    row |= {"category": "Kitchen > Pans", "image": [b"x"], "reviewer": "Ada"}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "d.parquet")
    (found,) = read_decisions(tmp_path / "d.parquet")
    assert found == Product("a", ("first", "second", "third"), (b"x",), PAN)


@pytest.mark.parametrize("missing", ["id", "category"])
def test_a_table_that_is_no_export(tmp_path: Path, missing: str) -> None:
    row = {"id": "a", "text": "pan", "category": "Pans"}
    del row[missing]
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "d.parquet")
    with pytest.raises(TableError, match=missing):
        read_decisions(tmp_path / "d.parquet")


def test_a_shop_without_a_column_of_texts(tmp_path: Path, shop_file: Path) -> None:
    row = {"id": "p0", "image": [picture(1)], "category": "Kitchen > Pans"}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "d.parquet")
    joined = join_decisions(read_products(shop_file), read_decisions(tmp_path / "d.parquet"))
    assert joined.products[0].images == (picture(1),)
    assert len(joined.products) == 160
