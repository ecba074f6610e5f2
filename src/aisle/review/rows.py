"""Rows of the tables as records, and records as rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from aisle.data.images import read_bytes
from aisle.errors import ImageError
from aisle.review.looks import Look, look_at
from aisle.review.pictures import Pictures
from aisle.review.records import SHORTLIST, Action, DecisionRecord, Entry, QueuedProduct
from aisle.schema import Candidate, CategoryPath, ImageRef


@dataclass(frozen=True)
class Prepared:
    """A product on its way into the queue.

    Attributes:
        key: the shop's own key.
        values: of the columns that come with a product.
        look: how near-duplicates of it are told.
    """

    key: str
    values: dict[str, Any]
    look: Look


def prepare(entry: Entry, pictures: Pictures) -> Prepared:
    """Keeps the pictures of a product and looks at it.

    Raises:
        OutputError: a picture cannot be kept.
    """
    product, answer = entry.product, entry.answer
    files = [data for ref in product.images if (data := _read(ref)) is not None]
    first = () if answer.category is None else (Candidate(answer.category, answer.confidence),)
    values = {
        "texts": list(product.texts),
        "pictures": [pictures.keep(data) for data in files],
        "category": _names(answer.category),
        "confidence": answer.confidence,
        "reason": answer.decision_reason.encode(errors="replace").decode().replace("\0", " "),
        "shortlist": [
            [list(one.category), one.confidence]
            for one in (*first, *answer.alternatives)[:SHORTLIST]
        ],
        "value": entry.value,
    }
    return Prepared(product.id, values, look_at(product.texts, files[0] if files else None))


def to_product(row: Row[Any]) -> QueuedProduct:
    """A row of `ProductRow`."""
    return QueuedProduct(
        key=row.key,
        texts=tuple(row.texts),
        pictures=tuple(row.pictures),
        category=_path(row.category),
        confidence=row.confidence,
        reason=row.reason,
        shortlist=tuple(Candidate(tuple(names), number) for names, number in row.shortlist),
        value=row.value,
        skips=row.skips,
        version=content_version(row),
    )


def content_version(row: Row[Any]) -> str:
    """Names the texts and pictures of a row of `ProductRow`: 16 hexadecimal digits."""
    content = json.dumps([row.texts, row.pictures])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def to_decision(row: Row[Any]) -> DecisionRecord:
    """A row of `DecisionRow` with key, texts and pictures of its product."""
    return DecisionRecord(
        id=row.id,
        key=row.key,
        texts=tuple(row.texts),
        pictures=tuple(row.pictures),
        action=Action(row.action),
        category=_path(row.category),
        reviewer=row.reviewer,
        at=row.at,
        undone_at=row.undone_at,
    )


def _read(ref: ImageRef) -> bytes | None:
    try:
        return read_bytes(ref)
    except ImageError:
        return None


def _names(category: CategoryPath | None) -> list[str] | None:
    return None if category is None else list(category)


def _path(names: Sequence[str] | None) -> CategoryPath | None:
    return None if names is None else tuple(names)
