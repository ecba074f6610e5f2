"""Decisions, and taking them back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, or_, select, update

from aisle.errors import StaleLeaseError
from aisle.review.leasing import Hold, find_held, give, is_free, is_token, lock_alike
from aisle.review.records import Action, DecisionRecord, Task
from aisle.review.rows import to_decision
from aisle.review.tables import DecisionRow, ProductRow
from aisle.schema import CategoryPath

PAGE = 500
"""How many decisions are read at a time."""


@dataclass(frozen=True)
class Verdict:
    """What a reviewer has decided under a lease.

    Attributes:
        lease: of the product.
        action: assign or skip.
        category: what to assign; None for a skip.
        reviewer: who decides.
        at: when.
    """

    lease: str
    action: Action
    category: CategoryPath | None
    reviewer: str
    at: datetime


def decide(
    connection: Connection, verdict: Verdict, also: Collection[str] = ()
) -> list[DecisionRecord]:
    """Writes a decision, or finds that it has been written.

    Args:
        connection: in a transaction that writes.
        verdict: on the leased product.
        also: keys of near-duplicates for which it holds as well.

    Returns:
        The decisions, that on the leased product first.

    Raises:
        StaleLeaseError: the lease has expired or was never given to this reviewer, or was used
            otherwise.
    """
    leased = find_held(connection, verdict.lease, verdict.at)
    if leased is None or leased.holder != verdict.reviewer:
        return _written(connection, verdict)
    others = lock_alike(connection, leased, also, verdict.at)
    _write(connection, verdict, [leased.number, *others])
    return _under(connection, verdict.lease)


def undo(connection: Connection, hold: Hold) -> Task | None:
    """Takes back what a reviewer did last, and gives him the product; see `Desk.undo`."""
    last = connection.execute(_last(hold)).first()
    if last is None:
        return None
    undone = update(DecisionRow).where(DecisionRow.lease == last.lease)
    connection.execute(undone.values(undone_at=hold.now))
    numbers = connection.scalars(
        select(DecisionRow.product_number)
        .where(DecisionRow.lease == last.lease)
        .order_by(DecisionRow.id)
    ).all()
    skipped = last.action == Action.SKIP
    _change(connection, numbers, waiting=True, skips=ProductRow.skips - int(skipped))
    row = connection.execute(select(ProductRow).where(ProductRow.number == numbers[0])).one()
    return give(connection, row, hold)


def decisions_after(connection: Connection, last: int, undone: bool) -> list[DecisionRecord]:
    """The next decisions after the one with the id `last`, at most `PAGE`."""
    wanted = _decisions().where(DecisionRow.id > last).limit(PAGE)
    if not undone:
        wanted = wanted.where(DecisionRow.undone_at.is_(None))
    return [to_decision(row) for row in connection.execute(wanted)]


def _written(connection: Connection, verdict: Verdict) -> list[DecisionRecord]:
    found = _under(connection, verdict.lease) if is_token(verdict.lease) else []
    if not found:
        raise StaleLeaseError
    same = (verdict.action, verdict.category, verdict.reviewer)
    first = found[0]
    if same != (first.action, first.category, first.reviewer) or first.undone_at is not None:
        raise StaleLeaseError
    return found


def _write(connection: Connection, verdict: Verdict, numbers: Sequence[int]) -> None:
    decision = {
        "lease": verdict.lease,
        "action": verdict.action,
        "category": None if verdict.category is None else list(verdict.category),
        "reviewer": verdict.reviewer,
        "at": verdict.at,
    }
    rows = [{"product_number": number, **decision} for number in numbers]
    connection.execute(insert(DecisionRow), rows)
    skipped = verdict.action is Action.SKIP
    _change(connection, numbers, waiting=skipped, skips=ProductRow.skips + int(skipped))


def _change(connection: Connection, numbers: Sequence[int], **values: Any) -> None:
    """Changes products, each of which is held by nobody from then on."""
    changed = update(ProductRow).where(ProductRow.number == bindparam("which"))
    changed = changed.values(lease=None, holder=None, held_until=None, **values)
    connection.execute(changed, [{"which": number} for number in numbers])


def _under(connection: Connection, lease: str) -> list[DecisionRecord]:
    found = connection.execute(_decisions().where(DecisionRow.lease == lease))
    return [to_decision(row) for row in found]


def _decisions() -> Select[Any]:
    of_product = (ProductRow.key, ProductRow.texts, ProductRow.pictures)
    joined = DecisionRow.product_number == ProductRow.number
    return (
        select(*DecisionRow.__table__.columns, *of_product)
        .join(ProductRow, joined)
        .order_by(DecisionRow.id)
    )


def _last(hold: Hold) -> Select[str, str]:
    """The last decision that can be taken back: a skip only if nobody else has the product."""
    within_reach = ProductRow.waiting & or_(is_free(hold.now), ProductRow.holder == hold.reviewer)
    return (
        select(DecisionRow.lease, DecisionRow.action)
        .join(ProductRow, DecisionRow.product_number == ProductRow.number)
        .where(DecisionRow.reviewer == hold.reviewer, DecisionRow.undone_at.is_(None))
        .where(or_(DecisionRow.action == Action.ASSIGN, within_reach))
        .order_by(DecisionRow.id.desc())
        .limit(1)
        .with_for_update()
    )
