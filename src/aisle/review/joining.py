"""Decisions beside a table of products, to learn from both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from aisle.data.columns import Columns
from aisle.data.products import Products, picture_folder, products_of
from aisle.data.tables import read_table
from aisle.schema import Product

_ID, _LABEL, _IMAGE = "id", "category", "image"
_NO_TEXTS = (_ID, _LABEL, _IMAGE, "pictures", "reviewer", "decided_at")


@dataclass(frozen=True)
class Joined:
    """Products of a table, with decisions.

    Attributes:
        products: those of the table in their order, then those that are new.
        replaced: how many decisions are about a product of the table.
        new: how many are not.
        without: how many products are left out, since a reviewer found no category that fits.
    """

    products: Products
    replaced: int
    new: int
    without: int


def read_decisions(path: Path) -> Products:
    """Decisions as the review desk exports them, to Parquet, CSV or JSON Lines.

    Raises:
        TableError: the file is no such table, or has no rows.
    """
    table = read_table(path)
    names = table.column_names
    texts = tuple(name for name in names if name not in _NO_TEXTS)
    image = _IMAGE if _IMAGE in names else None
    columns = Columns(text=texts, image=image, label=_LABEL, id=_ID)
    return products_of(table, columns, picture_folder(None, path))


def join_decisions(products: Products, decided: Products) -> Joined:
    """Puts decisions in the place of the products that they are about, and the others at the end.

    What was decided about is what the reviewer saw: its texts and pictures come along. Where the
    export has no pictures, those of the product stay as long as its texts are the same. Of several
    decisions, or several rows, of one id one is kept. A product that no category fits is left out,
    whatever the table says of it. Rows of a table without a key are no product that a decision
    could be about.

    Args:
        products: of any table.
        decided: from `read_decisions`.
    """
    latest = {item.id: item for item in decided}
    keyed = products.columns.id is not None
    rows: list[int | None] = []
    items: list[Product] = []
    replaced: set[str] = set()
    for row, item in enumerate(products):
        if keyed and item.id in latest:
            if item.id in replaced or not latest[item.id].category:
                continue
            replaced.add(item.id)
            item = _decided(item, latest[item.id])
        rows.append(row)
        items.append(item)
    new = [item for key, item in latest.items() if item.category and key not in replaced]
    table = products.table.take(pa.array([*rows, *[None] * len(new)], pa.int64()))
    joined = replace(products, items=(*items, *new), table=table)
    return Joined(joined, len(replaced), len(new), len(latest) - len(replaced) - len(new))


def _decided(product: Product, decision: Product) -> Product:
    same = list(filter(None, product.texts)) == list(filter(None, decision.texts))
    return replace(decision, images=decision.images or (product.images if same else ()))
