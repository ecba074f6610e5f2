"""Products on their way into the queue, and the groups of near-duplicates that they join."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import (
    Boolean,
    Case,
    Connection,
    Row,
    Select,
    bindparam,
    case,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from aisle.review.entries import Added, Entry, readable_pictures
from aisle.review.picture_store import PictureStore
from aisle.review.records import SHORTLIST
from aisle.review.sketches import Sketch, sketch_of
from aisle.review.store import lock_for_writing, statement_parts
from aisle.review.tables import GroupRow, ProductRow, SignatureRow
from aisle.schema import Candidate

REACH = 32
"""How many groups of a bucket a product is compared with, the newest; listings of one template may
fill a bucket with thousands."""


class DuplicateGroups:
    """The groups that some products may join, held while one transaction adds them.

    Args:
        connection: in a transaction that no other one adds products beside.
        looks: of all products that will be placed.
    """

    def __init__(self, connection: Connection, looks: Sequence[Sketch]) -> None:
        self._connection = connection
        self._looks: dict[int, Sketch] = {}
        self._in_bucket: dict[int, deque[int]] = defaultdict(lambda: deque(maxlen=REACH))
        self._new: list[int] = []
        self._next = 1 + (connection.scalar(select(func.max(GroupRow.number))) or 0)
        self._load({bucket for look in looks for bucket in look.buckets()})

    def place(self, look: Sketch) -> int | None:
        """The group that a product joins or begins; None where nothing is known of its look."""
        buckets = list(look.buckets())
        if not buckets:
            return None
        candidates = sorted({number for bucket in buckets for number in self._in_bucket[bucket]})
        near = (number for number in candidates if look.is_near(self._looks[number]))
        found = next(near, None)
        return self._begin(look, buckets) if found is None else found

    def save(self) -> None:
        """Writes the groups that were begun."""
        if not self._new:
            return
        rows = [_group_row(number, self._looks[number]) for number in self._new]
        self._connection.execute(insert(GroupRow), rows)
        signatures = [
            {"bucket": bucket, "group_number": number}
            for number in self._new
            for bucket in set(self._looks[number].buckets())
        ]
        self._connection.execute(insert(SignatureRow), signatures)
        self._new.clear()

    def _begin(self, look: Sketch, buckets: Iterable[int]) -> int:
        number, self._next = self._next, self._next + 1
        self._looks[number] = look
        self._new.append(number)
        for bucket in buckets:
            self._in_bucket[bucket].append(number)
        return number

    def _load(self, buckets: Iterable[int]) -> None:
        for some in statement_parts(buckets):
            for bucket, number in self._connection.execute(_newest(some)):
                self._in_bucket[bucket].append(number)
        numbers = {number for found in self._in_bucket.values() for number in found}
        for some in statement_parts(numbers):
            looks = select(GroupRow.number, GroupRow.words, GroupRow.picture)
            for number, words, picture in self._connection.execute(
                looks.where(GroupRow.number.in_(some))
            ):
                self._looks[number] = _to_look(words, picture)


def _newest(buckets: Sequence[int]) -> Select[int, int]:
    bucket, number = SignatureRow.bucket, SignatureRow.group_number
    rank = func.row_number().over(partition_by=bucket, order_by=number.desc())
    found = select(bucket, number, rank.label("rank")).where(bucket.in_(buckets)).subquery()
    chosen = select(found.c.bucket, found.c.group_number).where(found.c.rank <= REACH)
    return chosen.order_by(found.c.group_number)


def _group_row(number: int, look: Sketch) -> dict[str, object]:
    return {
        "number": number,
        "words": None if look.words is None else look.words.tobytes(),
        "picture": None if look.picture is None else look.picture.tobytes(),
    }


def _to_look(words: bytes | None, picture: bytes | None) -> Sketch:
    return Sketch(
        None if words is None else np.frombuffer(words, dtype=np.uint32),
        None if picture is None else np.frombuffer(picture, dtype=np.int8),
    )


@dataclass(frozen=True)
class PreparedEntry:
    """A product on its way into the queue.

    Attributes:
        key: the shop's own key.
        values: of the columns that come with a product.
        look: how near-duplicates of it are told.
    """

    key: str
    values: dict[str, Any]
    look: Sketch


def prepare(entry: Entry, pictures: PictureStore) -> PreparedEntry:
    """Keeps the pictures of a product and looks at it.

    Raises:
        OutputError: a picture cannot be kept.
    """
    product, answer = entry.product, entry.answer
    files = readable_pictures(product)
    first = () if answer.category is None else (Candidate(answer.category, answer.confidence),)
    values = {
        "texts": list(product.texts),
        "pictures": [pictures.keep(data) for data in files],
        "category": None if answer.category is None else list(answer.category),
        "confidence": answer.confidence,
        "reason": answer.decision_reason.encode(errors="replace").decode().replace("\0", " "),
        "shortlist": [
            [list(one.category), one.confidence]
            for one in (*first, *answer.alternatives)[:SHORTLIST]
        ],
        "value": entry.value,
    }
    return PreparedEntry(product.id, values, sketch_of(product.texts, files[0] if files else None))


def add(connection: Connection, products: Sequence[PreparedEntry]) -> Added:
    """Adds some products in a transaction; of those with the same key the last counts."""
    lock_for_writing(connection)
    known = _known(connection, [one.key for one in products])
    last = {one.key: one for one in products}
    groups = DuplicateGroups(connection, [one.look for one in last.values()])
    new = [_product_row(one, groups) for one in last.values() if one.key not in known]
    waiting = [one for one in last.values() if one.key in known and known[one.key].waiting]
    renewed = [_renewed(one, known[one.key], groups) for one in waiting]
    groups.save()
    _insert(connection, new)
    _update(connection, renewed)
    decided = sum(one.key in known and not known[one.key].waiting for one in products)
    return Added(len(new), len(products) - len(new) - decided, decided)


def _known(connection: Connection, keys: Sequence[str]) -> Mapping[str, Row[Any]]:
    columns = (
        ProductRow.number,
        ProductRow.key,
        ProductRow.texts,
        ProductRow.pictures,
        ProductRow.group_number,
        ProductRow.waiting,
    )
    rows = connection.execute(select(*columns).where(ProductRow.key.in_(keys)))
    return {row.key: row for row in rows}


def _product_row(product: PreparedEntry, groups: DuplicateGroups) -> dict[str, Any]:
    return {
        "key": product.key,
        **product.values,
        "group_number": groups.place(product.look),
    }


def _renewed(product: PreparedEntry, row: Row[Any], groups: DuplicateGroups) -> dict[str, Any]:
    """What changes of a product that waits; one with the same content stays in its group."""
    same = product.values["texts"] == row.texts and product.values["pictures"] == row.pictures
    group = row.group_number if same else groups.place(product.look)
    return {"which": row.number, "same": same, **product.values, "group_number": group}


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(ProductRow), rows)


def _update(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Updates products that still wait, in one order, so that there is no deadlock.

    A lease ends where the content of its product changes: the reviewer has not seen what it is now.
    """
    if rows:
        still_waits = (ProductRow.number == bindparam("which")) & ProductRow.waiting
        ordered = sorted(rows, key=lambda row: int(row["which"]))
        held = (ProductRow.lease, ProductRow.holder, ProductRow.held_until)
        kept = {column.key: _if_same(column) for column in held}
        connection.execute(update(ProductRow).where(still_waits).values(**kept), ordered)


def _if_same(column: InstrumentedAttribute[Any]) -> Case[Any]:
    return case((bindparam("same", type_=Boolean()), column), else_=None)
