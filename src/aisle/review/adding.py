"""Products into the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Case, Connection, Row, bindparam, case, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from aisle.review.grouping import Groups
from aisle.review.migrating import lock_for_writing
from aisle.review.records import Added
from aisle.review.rows import Prepared
from aisle.review.tables import ProductRow

TOGETHER = 500
"""How many products are added in one transaction."""


def add(connection: Connection, products: Sequence[Prepared]) -> Added:
    """Adds at most `TOGETHER` products; of those with the same key the last counts."""
    lock_for_writing(connection)
    known = _known(connection, [one.key for one in products])
    last = {one.key: one for one in products}
    groups = Groups(connection, [one.look for one in last.values()])
    new = [_to_row(one, groups) for one in last.values() if one.key not in known]
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


def _to_row(product: Prepared, groups: Groups) -> dict[str, Any]:
    return {
        "key": product.key,
        **product.values,
        "group_number": groups.place(product.look),
    }


def _renewed(product: Prepared, row: Row[Any], groups: Groups) -> dict[str, Any]:
    """What changes of a product that waits; one with the same content stays in its group."""
    same = product.values["texts"] == row.texts and product.values["pictures"] == row.pictures
    group = row.group_number if same else groups.place(product.look)
    return {"which": row.number, "same": same, **product.values, "group_number": group}


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(ProductRow), rows)


def _update(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Unless a reviewer has decided meanwhile; in one order, so that no two wait for each other.

    Who holds a product whose content changes has not seen what it is now, and holds it no more.
    """
    if rows:
        still_waits = (ProductRow.number == bindparam("which")) & ProductRow.waiting
        ordered = sorted(rows, key=lambda row: int(row["which"]))
        held = (ProductRow.lease, ProductRow.holder, ProductRow.held_until)
        kept = {column.key: _if_same(column) for column in held}
        connection.execute(update(ProductRow).where(still_waits).values(**kept), ordered)


def _if_same(column: InstrumentedAttribute[Any]) -> Case[Any]:
    return case((bindparam("same", type_=Boolean()), column), else_=None)
