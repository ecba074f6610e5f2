"""The Flipkart product file of Kaggle to the canonical table that `fit` reads without flags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from aisle.data.pictures.sources import FoundPictures, PictureSource, WantedPictures
from aisle.data.presets.flipkart.labels import LabelRule, Unlabelled
from aisle.data.presets.flipkart.rows import FlipkartRow, read_rows
from aisle.data.presets.flipkart.tree import RawCategory, category_paths
from aisle.data.tables import read_table
from aisle.data.writers import write_table
from aisle.errors import LabelError, OutputError
from aisle.schema import CategoryPath, join_path

PRODUCTS_FILE = "products.parquet"
SET_ASIDE_FILE = "set_aside.parquet"

_TEXT = pa.string()
_PRODUCT_SCHEMA = pa.schema(
    {
        "id": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "brand": _TEXT,
        "specifications": _TEXT,
        "category": _TEXT,
        "images": pa.list_(_TEXT),
        "image_status": _TEXT,
    }
)
_SET_ASIDE_SCHEMA = pa.schema({"id": _TEXT, "title": _TEXT, "tree": _TEXT, "reason": _TEXT})

_NO_ID = "no id"
_REPEATED_ID = "an earlier row has the same id"
_NO_TREE = "no category tree"
_ONLY_NAME = "the category tree holds the product's own name alone"


@dataclass(frozen=True, slots=True)
class PrepareSummary:
    """What became of the rows of a file.

    Attributes:
        rows: the rows that were read.
        kept: the rows in `products`.
        set_aside: the rows in the other file, by reason.
        categories: distinct labels of the kept rows.
        pictures: kept rows by the status of their pictures.
        products: the file with the kept rows.
    """

    rows: int
    kept: int
    set_aside: Mapping[str, int]
    categories: int
    pictures: Mapping[str, int]
    products: Path


def prepare_flipkart(
    source: object, to: Path, *, label_rule: LabelRule, pictures: PictureSource
) -> PrepareSummary:
    """Writes ``products.parquet`` and ``set_aside.parquet``; every row comes out in one of them.

    Args:
        source: the file, or any table with its columns.
        to: the folder to write to, made where it does not exist.
        label_rule: makes labels of categories.
        pictures: finds the pictures.

    Raises:
        TableError: the file cannot be read, or is not of this kind.
        LabelError: no row has a label.
        OutputError: the folder cannot be written to.
    """
    rows = read_rows(read_table(source))
    labels = _labels(rows, label_rule)
    kept: list[tuple[FlipkartRow, CategoryPath]] = []
    left: list[tuple[FlipkartRow, str]] = []
    for row, label in zip(rows, labels, strict=True):
        if isinstance(label, Unlabelled):
            left.append((row, label.reason))
        else:
            kept.append((row, label))
    set_aside = dict(Counter(reason for _, reason in left).most_common())
    if not kept:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in set_aside.items())
        raise LabelError(
            f"none of the {len(rows)} rows has a label: {reasons}; choose other labels"
        )
    _make(to)
    wanted = [WantedPictures(row.id, row.image_files, row.image_urls) for row, _ in kept]
    found = pictures.find(wanted, to)
    write_table(_products_table(kept, found), to / PRODUCTS_FILE)
    write_table(_set_aside_table(left), to / SET_ASIDE_FILE)
    return PrepareSummary(
        rows=len(rows),
        kept=len(kept),
        set_aside=set_aside,
        categories=len({label for _, label in kept}),
        pictures=dict(Counter(one.status for one in found).most_common()),
        products=to / PRODUCTS_FILE,
    )


def _labels(rows: Sequence[FlipkartRow], rule: LabelRule) -> list[CategoryPath | Unlabelled]:
    paths = category_paths([RawCategory(row.tree, row.title, row.brand) for row in rows])
    defects = _defects(rows, paths)
    labels = iter(rule([path for path, defect in zip(paths, defects, strict=True) if not defect]))
    return [Unlabelled(defect) if defect else next(labels) for defect in defects]


def _defects(rows: Sequence[FlipkartRow], paths: Sequence[CategoryPath]) -> list[str]:
    """Why each row cannot be used; an empty string where it can."""
    seen: set[str] = set()
    defects = []
    for row, path in zip(rows, paths, strict=True):
        if not row.id:
            defect = _NO_ID
        elif row.id in seen:
            defect = _REPEATED_ID
        elif not row.tree:
            defect = _NO_TREE
        else:
            defect = "" if path else _ONLY_NAME
        seen.add(row.id)
        defects.append(defect)
    return defects


def _products_table(
    kept: Sequence[tuple[FlipkartRow, CategoryPath]], found: Sequence[FoundPictures]
) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "id": row.id,
                "title": row.title or None,
                "description": row.description or None,
                "brand": row.brand or None,
                "specifications": row.specifications or None,
                "category": join_path(label),
                "images": list(pictures.paths) or None,
                "image_status": pictures.status,
            }
            for (row, label), pictures in zip(kept, found, strict=True)
        ],
        _PRODUCT_SCHEMA,
    )


def _set_aside_table(left: Sequence[tuple[FlipkartRow, str]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "id": row.id or None,
                "title": row.title or None,
                "tree": row.tree or None,
                "reason": reason,
            }
            for row, reason in left
        ],
        _SET_ASIDE_SCHEMA,
    )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {folder} cannot be made: {error.strerror}") from error
