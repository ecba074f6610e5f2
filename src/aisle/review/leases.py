"""Who holds which product."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, update

from aisle.errors import StaleLeaseError
from aisle.review.entries import is_storable
from aisle.review.records import Order, QueuedProduct, Task
from aisle.review.store import statement_parts
from aisle.review.tables import ProductRow, content_version, to_product

_TOKEN_BYTES = 16
_TOKEN = re.compile(r"[\w-]{22}", re.ASCII)
_FREE: dict[str, None] = {"lease": None, "holder": None, "held_until": None}
_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    Order.WORST: (),
    Order.VALUABLE: (ProductRow.value.desc(),),
}


@dataclass(frozen=True)
class LeaseRequest:
    """Who asks for a product, when, and for how long."""

    reviewer: str
    now: datetime
    seconds: float

    @property
    def expires(self) -> datetime:
        """When the lease ends."""
        return self.now + timedelta(seconds=self.seconds)


def is_token(lease: str) -> bool:
    """Whether a text has the form of a lease."""
    return _TOKEN.fullmatch(lease) is not None


def is_free(now: datetime) -> ColumnElement[bool]:
    """Whether nobody holds a product, or the lease has expired."""
    return or_(ProductRow.held_until.is_(None), ProductRow.held_until <= now)


def next_ones(order: Order, now: datetime, limit: int) -> Select[Any]:
    """Selects the products that come next."""
    return (
        select(ProductRow)
        .where(ProductRow.waiting, is_free(now))
        .order_by(ProductRow.skips, *_ORDERS[order], ProductRow.confidence, ProductRow.number)
        .limit(limit)
    )


def take_next(connection: Connection, order: Order, request: LeaseRequest) -> Task | None:
    """Gives the next product; on PostgreSQL it passes over those that others are taking now."""
    wanted = next_ones(order, request.now, 1).with_for_update(skip_locked=True)
    row = connection.execute(wanted).first()
    return None if row is None else give(connection, row, request)


def give(connection: Connection, row: Row[Any], request: LeaseRequest) -> Task:
    """Gives a product whose row this transaction has locked, under a new lease."""
    lease = secrets.token_urlsafe(_TOKEN_BYTES)
    held = {"lease": lease, "holder": request.reviewer, "held_until": request.expires}
    connection.execute(update(ProductRow).where(ProductRow.number == row.number).values(**held))
    return _task(connection, row, lease, request)


def give_again(connection: Connection, row: Row[Any], request: LeaseRequest) -> Task | None:
    """Gives a product whose row this transaction has locked, unless somebody else holds it.

    A reviewer who holds it already keeps the lease.
    """
    if row.held_until is None or row.held_until <= request.now:
        return give(connection, row, request)
    if row.holder != request.reviewer:
        return None
    return replace(_task(connection, row, row.lease, request), expires=row.held_until)


def find_held(connection: Connection, lease: str, now: datetime) -> Row[Any] | None:
    """The product that is held under a lease, locked for this transaction."""
    if not is_token(lease):
        return None
    wanted = select(ProductRow).where(ProductRow.lease == lease).with_for_update()
    row = connection.execute(wanted).first()
    return row if row is not None and row.held_until > now else None


def held_row(connection: Connection, lease: str, now: datetime) -> Row[Any]:
    """The product that is held under a lease, see `find_held`.

    Raises:
        StaleLeaseError: there is none.
    """
    row = find_held(connection, lease, now)
    if row is None:
        raise StaleLeaseError
    return row


def prolong(connection: Connection, lease: str, expires: datetime) -> None:
    """Moves the end of a lease."""
    changed = update(ProductRow).where(ProductRow.lease == lease)
    connection.execute(changed.values(held_until=expires))


def give_back(connection: Connection, lease: str) -> None:
    """Ends a lease; does nothing where the text is none."""
    if is_token(lease):
        connection.execute(update(ProductRow).where(ProductRow.lease == lease).values(**_FREE))


def lock_alike(
    connection: Connection, row: Row[Any], seen: Mapping[str, str], now: datetime
) -> list[int]:
    """Locks free near-duplicates of a product, except those that others are taking now.

    Args:
        connection: in a transaction that writes.
        row: of the product.
        seen: the keys of those that are wanted, with the versions of their content. One whose
            content has changed since is left out.
        now: the time at which they must be free.

    Returns:
        Their numbers, in order.
    """
    content = (ProductRow.number, ProductRow.key, ProductRow.texts, ProductRow.pictures)
    wanted = select(*content).where(_is_alike(row, now)).with_for_update(skip_locked=True)
    found: list[int] = []
    for keys in statement_parts(filter(is_storable, seen)):
        rows = connection.execute(wanted.where(ProductRow.key.in_(keys)))
        found += [one.number for one in rows if content_version(one) == seen[one.key]]
    return sorted(found)


def alike_products(
    connection: Connection, row: Row[Any], now: datetime, limit: int
) -> list[QueuedProduct]:
    """The first of the free near-duplicates of a product, at most `limit`."""
    wanted = select(ProductRow).where(_is_alike(row, now)).order_by(ProductRow.number)
    return [to_product(row) for row in connection.execute(wanted.limit(limit))]


def _task(connection: Connection, row: Row[Any], lease: str, request: LeaseRequest) -> Task:
    alike = select(func.count()).where(_is_alike(row, request.now))
    return Task(lease, request.expires, to_product(row), connection.scalars(alike).one())


def _is_alike(row: Row[Any], now: datetime) -> ColumnElement[bool]:
    """Whether a product is a free near-duplicate of another; one without a group has none."""
    return and_(
        ProductRow.group_number.is_not(None),
        ProductRow.group_number == row.group_number,
        ProductRow.waiting,
        is_free(now),
        ProductRow.number != row.number,
    )
