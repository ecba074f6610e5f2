"""Products on their way into the queue, and the groups of near-duplicates that they join.

A group is known by the signature of its first product. A later product joins the oldest group that
it is a near-duplicate of, or begins a group of its own.
"""

from __future__ import annotations

from collections import defaultdict
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

from aisle.data.pictures.reading import decode_image
from aisle.duplicates.index import NearDuplicates
from aisle.duplicates.signatures import THUMBNAIL_SIDE, NearDuplicateSettings, Signature, sign
from aisle.errors import ImageError
from aisle.review.entries import Added, Entry, readable_pictures
from aisle.review.picture_store import PictureStore
from aisle.review.records import SHORTLIST
from aisle.review.store import lock_for_writing, statement_parts
from aisle.review.tables import GroupRow, ProductRow, SignatureRow
from aisle.schema import Candidate


@dataclass(frozen=True)
class PreparedEntry:
    """A product on its way into the queue.

    Attributes:
        key: the shop's own key.
        values: of the columns that come with a product.
        signature: what its near-duplicates are recognised by.
    """

    key: str
    values: dict[str, Any]
    signature: Signature


def prepare(entry: Entry, pictures: PictureStore) -> PreparedEntry:
    """Keeps the pictures of a product and signs it.

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
    return PreparedEntry(product.id, values, _sign(product.texts, files[0] if files else None))


def add(
    connection: Connection, products: Sequence[PreparedEntry], settings: NearDuplicateSettings
) -> Added:
    """Adds some products in a transaction; of those with the same key the last counts."""
    lock_for_writing(connection)
    known = _known(connection, [one.key for one in products])
    last = {one.key: one for one in products}
    groups = DuplicateGroups(connection, [one.signature for one in last.values()], settings)
    new = [_product_row(one, groups) for one in last.values() if one.key not in known]
    waiting = [one for one in last.values() if one.key in known and known[one.key].waiting]
    renewed = [_renewed(one, known[one.key], groups) for one in waiting]
    groups.save()
    _insert(connection, new)
    _update(connection, renewed)
    decided = sum(one.key in known and not known[one.key].waiting for one in products)
    return Added(len(new), len(products) - len(new) - decided, decided)


class DuplicateGroups:
    """The groups of the database that some products may join, while one transaction adds them.

    Args:
        connection: in the only transaction that adds products now.
        signatures: of all products that will be placed.
        settings: what near-duplicates are.
    """

    def __init__(
        self,
        connection: Connection,
        signatures: Sequence[Signature],
        settings: NearDuplicateSettings,
    ) -> None:
        self._connection = connection
        self._known = NearDuplicates(settings)
        self._new: dict[int, Signature] = {}
        self._next = 1 + (connection.scalar(select(func.max(GroupRow.number))) or 0)
        self._load({bucket for one in signatures for bucket in one.buckets()}, settings.reach)

    def place(self, signature: Signature) -> int | None:
        """The group that a product joins or begins; None where its signature is empty."""
        if signature.words is None and signature.picture is None:
            return None
        found = self._known.find(signature)
        return self._begin(signature) if found is None else found

    def save(self) -> None:
        """Writes the groups that were begun."""
        if not self._new:
            return
        rows = [_group_row(number, signature) for number, signature in self._new.items()]
        self._connection.execute(insert(GroupRow), rows)
        buckets = [
            {"bucket": bucket, "group_number": number}
            for number, signature in self._new.items()
            for bucket in set(signature.buckets())
        ]
        self._connection.execute(insert(SignatureRow), buckets)
        self._new.clear()

    def _begin(self, signature: Signature) -> int:
        number, self._next = self._next, self._next + 1
        self._known.add(number, signature)
        self._new[number] = signature
        return number

    def _load(self, buckets: Iterable[int], reach: int) -> None:
        found: dict[int, list[int]] = defaultdict(list)
        for some in statement_parts(buckets):
            for bucket, number in self._connection.execute(_newest(some, reach)):
                found[number].append(bucket)
        for some in statement_parts(found):
            columns = (GroupRow.number, GroupRow.words, GroupRow.picture)
            wanted = select(*columns).where(GroupRow.number.in_(some)).order_by(GroupRow.number)
            for number, words, picture in self._connection.execute(wanted):
                self._known.add(number, _to_signature(words, picture), found[number])


def _newest(buckets: Sequence[int], reach: int) -> Select[int, int]:
    bucket, number = SignatureRow.bucket, SignatureRow.group_number
    rank = func.row_number().over(partition_by=bucket, order_by=number.desc())
    found = select(bucket, number, rank.label("rank")).where(bucket.in_(buckets)).subquery()
    return select(found.c.bucket, found.c.group_number).where(found.c.rank <= reach)


def _group_row(number: int, signature: Signature) -> dict[str, object]:
    return {
        "number": number,
        "words": None if signature.words is None else signature.words.tobytes(),
        "picture": None if signature.picture is None else signature.picture.tobytes(),
    }


def _to_signature(words: bytes | None, picture: bytes | None) -> Signature:
    return Signature(
        None if words is None else np.frombuffer(words, dtype=np.uint32),
        None if picture is None else np.frombuffer(picture, dtype=np.int8),
    )


def _sign(texts: Sequence[str], picture: bytes | None) -> Signature:
    """The signature of texts and a picture, which counts where it can be decoded."""
    text = " ".join(texts)
    if picture is None:
        return sign(text)
    try:
        return sign(text, decode_image(picture, 2 * THUMBNAIL_SIDE))
    except ImageError:
        return sign(text)


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
        "group_number": groups.place(product.signature),
    }


def _renewed(product: PreparedEntry, row: Row[Any], groups: DuplicateGroups) -> dict[str, Any]:
    """What changes of a product that waits; one with the same content stays in its group."""
    same = product.values["texts"] == row.texts and product.values["pictures"] == row.pictures
    group = row.group_number if same else groups.place(product.signature)
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
