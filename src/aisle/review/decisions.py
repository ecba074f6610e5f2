"""Decisions: making them, taking them back, reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from aisle.errors import InputError, StaleLeaseError
from aisle.review.leases import LeaseRequest, find_held, give_again, is_free, is_token, lock_alike
from aisle.review.records import Action, DecisionRecord, Task
from aisle.review.tables import DecisionRow, ProductRow, to_decision
from aisle.schema import CategoryPath


@dataclass(frozen=True)
class NewDecision:
    """What a reviewer has decided under a lease.

    Attributes:
        lease: of the product.
        action: what is done with it.
        category: what to assign; None for all but an assignment.
        reviewer: who decides.
        at: when.
    """

    lease: str
    action: Action
    category: CategoryPath | None
    reviewer: str
    at: datetime


def decide(
    connection: Connection, decision: NewDecision, also: Mapping[str, str]
) -> list[DecisionRecord]:
    """Writes a decision, or finds that it has been written already.

    Where the reviewer looks at a decided product again, the earlier decision is taken back.

    Args:
        connection: in a transaction that writes.
        decision: on the leased product.
        also: near-duplicates that it decides as well; see `lock_alike`.

    Returns:
        The decisions, the one on the leased product first.

    Raises:
        StaleLeaseError: the lease has expired, was never given to this reviewer, or was used for
            another decision.
    """
    leased = find_held(connection, decision.lease, decision.at)
    if leased is None or leased.holder != decision.reviewer:
        return _written(connection, decision)
    others = lock_alike(connection, leased, also, decision.at)
    if not leased.waiting:
        _withdraw(connection, leased.number, decision.at)
    _write(connection, decision, [leased.number, *others])
    return decisions_under(connection, decision.lease)


def undo(connection: Connection, decision: int, request: LeaseRequest) -> Task | None:
    """Takes back a decision, and gives the reviewer the product; see `Desk.undo`."""
    made = connection.execute(
        select(DecisionRow.lease, DecisionRow.product_number).where(
            DecisionRow.id == decision, DecisionRow.reviewer == request.reviewer
        )
    ).first()
    if made is None:
        raise InputError(
            f"{request.reviewer[:80]} has made no decision {decision};"
            " give the id of one that this reviewer has made"
        )
    _lock_decided(connection, made.lease)
    standing = _standing(connection, made.lease)
    product = _product(connection, made.product_number)
    action = standing.get(product.number)
    if action is not None and _may_return(action, product, request):
        _take_back(connection, made.lease, standing, request.now)
        product = _product(connection, made.product_number)
    return give_again(connection, product, request) if product.waiting else None


def look_again(connection: Connection, decision: int, request: LeaseRequest) -> Task | None:
    """Gives the product of a past decision; see `Desk.look_again`."""
    wanted = (
        select(ProductRow)
        .join(DecisionRow, DecisionRow.product_number == ProductRow.number)
        .where(DecisionRow.id == decision)
        .with_for_update(of=ProductRow)
    )
    product = connection.execute(wanted).first()
    if product is None:
        raise InputError(f"there is no decision {decision}; give the id of one that was made")
    return give_again(connection, product, request)


def _lock_decided(connection: Connection, lease: str) -> None:
    """Locks products in one order, before their decisions, so that there is no deadlock."""
    under = select(DecisionRow.product_number).where(DecisionRow.lease == lease)
    wanted = select(ProductRow.number).where(ProductRow.number.in_(under))
    connection.execute(wanted.order_by(ProductRow.number).with_for_update())


def _standing(connection: Connection, lease: str) -> dict[int, str]:
    """The actions under a lease that stand, by the numbers of their products."""
    columns = (DecisionRow.product_number, DecisionRow.action)
    stands = DecisionRow.undone_at.is_(None)
    wanted = select(*columns).where(DecisionRow.lease == lease, stands)
    return {row.product_number: row.action for row in connection.execute(wanted)}


def _product(connection: Connection, number: int) -> Row[Any]:
    return connection.execute(select(ProductRow).where(ProductRow.number == number)).one()


def _may_return(action: str, product: Row[Any], request: LeaseRequest) -> bool:
    """Whether it can be taken back: a skip only while nobody else has the product."""
    free = product.held_until is None or product.held_until <= request.now
    within_reach = product.waiting and (free or product.holder == request.reviewer)
    return action != Action.SKIP or within_reach


def _take_back(
    connection: Connection, lease: str, standing: Mapping[int, str], at: datetime
) -> None:
    stands = (DecisionRow.lease == lease) & DecisionRow.undone_at.is_(None)
    connection.execute(update(DecisionRow).where(stands).values(undone_at=at))
    skips = ProductRow.skips - int(Action.SKIP in standing.values())
    _change(connection, sorted(standing), waiting=True, skips=skips)


def _withdraw(connection: Connection, number: int, at: datetime) -> None:
    """Takes back the decision that stands on a product; skips stay what they are."""
    of_product = (DecisionRow.product_number == number) & (DecisionRow.action != Action.SKIP)
    stands = of_product & DecisionRow.undone_at.is_(None)
    connection.execute(update(DecisionRow).where(stands).values(undone_at=at))


def _written(connection: Connection, decision: NewDecision) -> list[DecisionRecord]:
    found = decisions_under(connection, decision.lease) if is_token(decision.lease) else []
    if not found:
        raise StaleLeaseError
    same = (decision.action, decision.category, decision.reviewer)
    first = found[0]
    if same != (first.action, first.category, first.reviewer) or first.undone_at is not None:
        raise StaleLeaseError
    return found


def _write(connection: Connection, decision: NewDecision, numbers: Sequence[int]) -> None:
    values = {
        "lease": decision.lease,
        "action": decision.action,
        "category": None if decision.category is None else list(decision.category),
        "reviewer": decision.reviewer,
        "at": decision.at,
    }
    rows = [{"product_number": number, **values} for number in numbers]
    connection.execute(insert(DecisionRow), rows)
    skipped = decision.action is Action.SKIP
    _change(connection, numbers, waiting=skipped, skips=ProductRow.skips + int(skipped))


def _change(connection: Connection, numbers: Sequence[int], **values: Any) -> None:
    """Changes products, and ends their leases."""
    changed = update(ProductRow).where(ProductRow.number == bindparam("which"))
    changed = changed.values(lease=None, holder=None, held_until=None, **values)
    connection.execute(changed, [{"which": number} for number in numbers])


def decisions_after(connection: Connection, last: int, limit: int) -> list[DecisionRecord]:
    """The next decisions that stand, after the one with the id `last`, at most `limit`."""
    wanted = _decisions().where(DecisionRow.id > last, DecisionRow.undone_at.is_(None))
    return _read(connection, wanted.order_by(DecisionRow.id).limit(limit))


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


def last_decision(connection: Connection, request: LeaseRequest) -> DecisionRecord | None:
    """See `Desk.last_decision`."""
    last = connection.scalars(
        select(DecisionRow.lease)
        .join(ProductRow, DecisionRow.product_number == ProductRow.number)
        .where(DecisionRow.reviewer == request.reviewer, DecisionRow.undone_at.is_(None))
        .where(or_(DecisionRow.action != Action.SKIP, _is_within_reach(request)))
        .order_by(DecisionRow.id.desc())
        .limit(1)
    ).first()
    found = [] if last is None else decisions_under(connection, last)
    return next((one for one in found if one.undone_at is None), None)


def decisions_under(connection: Connection, lease: str) -> list[DecisionRecord]:
    """The decisions made under a lease, the one on the leased product first."""
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


def _is_within_reach(request: LeaseRequest) -> ColumnElement[bool]:
    own = or_(is_free(request.now), ProductRow.holder == request.reviewer)
    return and_(ProductRow.waiting, own)
