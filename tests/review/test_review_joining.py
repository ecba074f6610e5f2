"""Decisions in the place of the products that they are about."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from handmade import PAN, SHIRT, picture

from aisle.data.columns import Columns
from aisle.data.products import Products, read_products
from aisle.errors import TableError
from aisle.review.decision_table import join_decisions, read_decisions
from aisle.schema import Product


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
    shown = Product("b", ("lid",), (picture(PAN, 1),), PAN)
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
    row = {"id": "p0", "image": [picture(PAN, 1)], "category": "Kitchen > Pans"}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "d.parquet")
    joined = join_decisions(read_products(shop_file), read_decisions(tmp_path / "d.parquet"))
    assert joined.products[0].images == (picture(PAN, 1),)
    assert len(joined.products) == 160
