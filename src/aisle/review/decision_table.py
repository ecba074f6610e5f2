"""Decisions as a table: written, read, and joined with a table of products."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from aisle.data.columns import Columns
from aisle.data.products import Products, picture_folder, products_of
from aisle.data.tables import read_table
from aisle.data.writers import open_table
from aisle.errors import InputError
from aisle.review.picture_store import PictureStore
from aisle.review.records import Action, DecisionRecord
from aisle.schema import Product, join_path

_Row = dict[str, Any]

_ID, _LABEL, _IMAGE = "id", "category", "image"
_OWN = (_ID, _LABEL, "reviewer", "decided_at", _IMAGE)
_NO_TEXTS = {*_OWN, "pictures"}


@dataclass(frozen=True, slots=True)
class ChunkSize:
    """How much of a table is written at a time.

    Attributes:
        rows: the most rows.
        picture_bytes: the pictures after which a chunk ends.
    """

    rows: int = 500
    picture_bytes: int = 32_000_000


def export_decisions(
    records: Iterable[DecisionRecord],
    to: Path,
    pictures: PictureStore,
    text_columns: Sequence[str] = (),
    size: ChunkSize | None = None,
) -> None:
    """Writes one row for each product that was decided, without skips and undone decisions.

    The columns are `id`, the text columns, `category` with " > " between its levels, `reviewer`,
    `decided_at`, and in Parquet `image`: a list of the pictures' bytes. Where no category fits,
    `category` is empty. Texts stay as they came, also in CSV: a text that begins with = may be a
    formula to a spreadsheet.

    Args:
        records: as `Desk.decisions` gives them.
        to: a file ending in .parquet, .csv, .tsv or .jsonl.
        pictures: the pictures of the records; one that is missing is left out.
        text_columns: the names of the text columns, in their order; "text" where there are none.
            Further texts of a product go into the last one, a line each.
        size: how much is written at a time.

    Raises:
        InputError: two columns have the same name.
        OutputError: the ending is unknown, or the file cannot be written.
    """
    names = tuple(text_columns) or ("text",)
    if len({*names, *_OWN}) < len(names) + len(_OWN):
        raise InputError(
            f"{', '.join(names)} cannot be the text columns;"
            f" give different names, none of them {', '.join(_OWN)}"
        )
    stand = (one for one in records if one.action is not Action.SKIP and one.undone_at is None)
    texts = dict.fromkeys(("id", *names, "category"), pa.string())
    if to.suffix.lower() == ".parquet":
        rows = (_row(one, names) | {"image": _images(one, pictures)} for one in stand)
        moment, more = pa.timestamp("us", "UTC"), {"image": pa.list_(pa.binary())}
    else:
        rows = (_row(one, names) | {"decided_at": one.at.isoformat()} for one in stand)
        moment, more = pa.string(), {}
    schema = pa.schema(texts | more | {"reviewer": pa.string(), "decided_at": moment})
    with open_table(to, schema) as table:
        for chunk in _chunks(rows, size or ChunkSize()):
            table.write(pa.Table.from_pylist(chunk, schema=schema))


def _row(record: DecisionRecord, names: Sequence[str]) -> _Row:
    texts = [text.encode(errors="replace").decode() for text in record.texts]
    last = len(names) - 1
    columns = [*texts[:last], *[""] * (last - len(texts)), "\n".join(filter(None, texts[last:]))]
    return {
        "id": record.key,
        **dict(zip(names, columns, strict=True)),
        "category": join_path(record.category or ()),
        "reviewer": record.reviewer,
        "decided_at": record.at,
    }


def _images(record: DecisionRecord, pictures: PictureStore) -> list[bytes]:
    found = []
    for digest in record.pictures:
        try:
            found.append(pictures.read(digest))
        except InputError:
            continue
    return found


def _chunks(rows: Iterable[_Row], size: ChunkSize) -> Iterator[list[_Row]]:
    chunk: list[_Row] = []
    picture_bytes = 0
    for row in rows:
        chunk.append(row)
        picture_bytes += sum(map(len, row.get("image", ())))
        if len(chunk) == size.rows or picture_bytes >= size.picture_bytes:
            yield chunk
            chunk, picture_bytes = [], 0
    if chunk:
        yield chunk


@dataclass(frozen=True)
class Joined:
    """Products of a table, with decisions.

    Attributes:
        products: those of the table in their order, then the new ones.
        replaced: how many decisions are about a product of the table.
        new: how many decisions are about another product.
        without: how many products are left out because no category fits.
    """

    products: Products
    replaced: int
    new: int
    without: int


def read_decisions(path: Path) -> Products:
    """Reads decisions that the review desk has exported to Parquet, CSV or JSON Lines.

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
    """Replaces products of a table by the decisions on them, and appends the other decisions.

    A decision brings the texts and pictures that the reviewer saw. Where the export has no
    pictures, the product keeps its own as long as its texts are the same. Of several decisions or
    rows with one id, one is kept. A product that no category fits is left out, whatever its label
    is. In a table without ids nothing is replaced.

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
