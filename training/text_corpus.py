"""The texts to learn product language from, out of the data folder; no labels are read."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aisle.data.cells import clean_text
from aisle.data.presets.flipkart.rows import FlipkartRow, read_rows
from aisle.data.tables import read_table

PRODUCTS = "flipkart/products.parquet"
SUBSET = "flipkart/flipkart_com-ecommerce_sample_1050.csv"
HELD_OUT_OF_TEN = 2
"""How many of ten makers are kept for choosing settings."""

_CLAUSE_END = re.compile(r"(?<=[.!?;])\s+|\s*[•|]\s*|,(?=Specifications of )|(?<=\w),(?=[A-Z])")
_GID = re.compile(r"^gid://\S+ : ")
_MIN_WORDS = 3


@dataclass(frozen=True)
class Corpus:
    """Distinct texts of products and categories.

    Attributes:
        texts: n texts.
        held_out: (n,) which of them nothing is learned from.
    """

    texts: Sequence[str]
    held_out: NDArray[np.bool_]


def read_corpus(data: Path) -> Corpus:
    """All texts under the data folder but for those of the 1,050 products of `SUBSET`."""
    held_out: dict[str, bool] = {}
    for product in unmeasured_products(data):
        for text in _texts_of(product):
            held_out.setdefault(text, is_of_held_out_maker(product))
    for text in (*_fashion_names(data), *_category_names(data)):
        held_out.setdefault(text, False)
    return Corpus(list(held_out), np.array(list(held_out.values()), dtype=np.bool_))


def unmeasured_products(data: Path) -> list[FlipkartRow]:
    """The Flipkart products that are not in `SUBSET` and have no name in common with it."""
    measured = read_rows(read_table(data / SUBSET))
    ids, titles = {row.id for row in measured}, {row.title for row in measured}
    rows = read_rows(pq.read_table(data / PRODUCTS))
    return [row for row in rows if row.id not in ids and row.title not in titles]


def is_of_held_out_maker(product: FlipkartRow) -> bool:
    """Whether the product's maker is kept apart; decided by brand, or first word, alone."""
    maker = (product.brand or product.title.partition(" ")[0]).casefold()
    return zlib.crc32(maker.encode()) % 10 < HELD_OUT_OF_TEN


def text_of(product: FlipkartRow) -> str:
    """Name and description, one a line."""
    return "\n".join(filter(None, map(clean_text, (product.title, product.description))))


def _texts_of(product: FlipkartRow) -> Iterator[str]:
    """The whole, the name, the clauses of the description; descriptions that do not name it."""
    yield text_of(product)
    yield clean_text(product.title)
    bodies = [text.replace(product.title, " ") for text in _descriptions(product)]
    for part in (*_CLAUSE_END.split(clean_text(product.description)), *map(clean_text, bodies)):
        if len(part.split()) >= _MIN_WORDS:
            yield part


def _descriptions(product: FlipkartRow) -> tuple[str, str]:
    return product.description, product.specifications


def _fashion_names(data: Path) -> Iterator[str]:
    table = pq.read_table(data / "fashion/products.parquet", columns=["productDisplayName"])
    yield from filter(None, map(clean_text, table["productDisplayName"].to_pylist()))


def _category_names(data: Path) -> Iterator[str]:
    """The last two levels of every category of the public taxonomies."""
    for path in sorted((data / "taxonomies").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                yield " ".join(_GID.sub("", line).split(" > ")[-2:])
