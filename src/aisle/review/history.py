"""What was decided, read back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from aisle.review.leasing import Hold, is_free
from aisle.review.records import Action, DecisionRecord
from aisle.review.rows import to_decision
from aisle.review.tables import DecisionRow, ProductRow

PAGE = 500
"""How many decisions are read at a time."""


def decisions_after(connection: Connection, last: int) -> list[DecisionRecord]:
    """The next decisions that stand, after the one with the id `last`, at most `PAGE`."""
    wanted = _decisions().where(DecisionRow.id > last, DecisionRow.undone_at.is_(None))
    return _read(connection, wanted.order_by(DecisionRow.id).limit(PAGE))


def past_decisions(
    connection: Connection, reviewer: str | None, before: int | None, limit: int
) -> list[DecisionRecord]:
    """See `Desk.past`."""
    wanted = _decisions().order_by(DecisionRow.id.desc()).limit(limit)
    if reviewer is not None:
        wanted = wanted.where(DecisionRow.reviewer == reviewer)
    if before is not None:
        wanted = wanted.where(DecisionRow.id < before)
    return _read(connection, wanted)


def last_decision(connection: Connection, hold: Hold) -> DecisionRecord | None:
    """See `Desk.last_decision`."""
    last = connection.scalars(
        select(DecisionRow.lease)
        .join(ProductRow, DecisionRow.product_number == ProductRow.number)
        .where(DecisionRow.reviewer == hold.reviewer, DecisionRow.undone_at.is_(None))
        .where(or_(DecisionRow.action != Action.SKIP, _is_within_reach(hold)))
        .order_by(DecisionRow.id.desc())
        .limit(1)
    ).first()
    found = [] if last is None else decisions_under(connection, last)
    return next((one for one in found if one.undone_at is None), None)


def decisions_under(connection: Connection, lease: str) -> list[DecisionRecord]:
    """The decisions made under a lease, that on the leased product first."""
    wanted = _decisions().where(DecisionRow.lease == lease)
    return _read(connection, wanted.order_by(DecisionRow.id))


def standing_decision(connection: Connection, number: int) -> DecisionRecord | None:
    """The decision that stands on a product; None where it waits."""
    of_product = DecisionRow.product_number == number
    stands = of_product & DecisionRow.undone_at.is_(None) & (DecisionRow.action != Action.SKIP)
    return next(iter(_read(connection, _decisions().where(stands))), None)


def _decisions() -> Select[Any]:
    of_product = (ProductRow.key, ProductRow.texts, ProductRow.pictures)
    joined = DecisionRow.product_number == ProductRow.number
    return select(*DecisionRow.__table__.columns, *of_product).join(ProductRow, joined)


def _read(connection: Connection, wanted: Select[Any]) -> list[DecisionRecord]:
    return [to_decision(row) for row in connection.execute(wanted)]


def _is_within_reach(hold: Hold) -> ColumnElement[bool]:
    own = or_(is_free(hold.now), ProductRow.holder == hold.reviewer)
    return and_(ProductRow.waiting, own)
