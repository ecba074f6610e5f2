"""Groups of near-duplicates, found as products come in.

A group is known by the look of its first product. One that comes later joins the oldest group whose
first product it is nearly the same as, or begins a group: there are no chains, along which a group
would drift.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from sqlalchemy import Connection, Select, func, insert, select

from aisle.review.looks import Look
from aisle.review.tables import GroupRow, SignatureRow

REACH = 32
"""How many groups of a bucket a product is compared with, the newest; listings of one template may
fill a bucket with thousands."""

_TOGETHER = 5_000


class Groups:
    """The groups that some products may join, held while one transaction adds them.

    Args:
        connection: in a transaction that no other one adds products beside.
        looks: of all products that will be placed.
    """

    def __init__(self, connection: Connection, looks: Sequence[Look]) -> None:
        self._connection = connection
        self._looks: dict[int, Look] = {}
        self._in_bucket: dict[int, deque[int]] = defaultdict(lambda: deque(maxlen=REACH))
        self._new: list[int] = []
        self._next = 1 + (connection.scalar(select(func.max(GroupRow.number))) or 0)
        self._load({bucket for look in looks for bucket in look.buckets()})

    def place(self, look: Look) -> int | None:
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
        rows = [_to_row(number, self._looks[number]) for number in self._new]
        self._connection.execute(insert(GroupRow), rows)
        signatures = [
            {"bucket": bucket, "group_number": number}
            for number in self._new
            for bucket in set(self._looks[number].buckets())
        ]
        self._connection.execute(insert(SignatureRow), signatures)
        self._new.clear()

    def _begin(self, look: Look, buckets: Iterable[int]) -> int:
        number, self._next = self._next, self._next + 1
        self._looks[number] = look
        self._new.append(number)
        for bucket in buckets:
            self._in_bucket[bucket].append(number)
        return number

    def _load(self, buckets: Iterable[int]) -> None:
        for some in _parts(buckets):
            for bucket, number in self._connection.execute(_newest(some)):
                self._in_bucket[bucket].append(number)
        numbers = {number for found in self._in_bucket.values() for number in found}
        for some in _parts(numbers):
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


def _parts(numbers: Iterable[int]) -> Iterator[list[int]]:
    """As many at a time as every database takes in one statement."""
    ordered = sorted(numbers)
    for start in range(0, len(ordered), _TOGETHER):
        yield ordered[start : start + _TOGETHER]


def _to_row(number: int, look: Look) -> dict[str, object]:
    return {
        "number": number,
        "words": None if look.words is None else look.words.tobytes(),
        "picture": None if look.picture is None else look.picture.tobytes(),
    }


def _to_look(words: bytes | None, picture: bytes | None) -> Look:
    return Look(
        None if words is None else np.frombuffer(words, dtype=np.uint32),
        None if picture is None else np.frombuffer(picture, dtype=np.int8),
    )
