"""How far the queue is."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, not_, select

from aisle.review.leasing import is_free
from aisle.review.records import Action, Progress
from aisle.review.tables import DecisionRow, ProductRow


def progress(connection: Connection, now: datetime, reviewer: str | None) -> Progress:
    """See `Desk.progress`."""
    count, free = func.count(), is_free(now)
    waiting, held, skipped = connection.execute(
        select(
            count.filter(free),
            count.filter(not_(free)),
            count.filter(free, ProductRow.skips > 0),
        ).where(ProductRow.waiting)
    ).one()
    decided = connection.scalars(select(count).where(not_(ProductRow.waiting))).one()
    stands = [DecisionRow.action == Action.ASSIGN, DecisionRow.undone_at.is_(None)]
    if reviewer is not None:
        stands.append(DecisionRow.reviewer == reviewer)
    since = DecisionRow.at >= now - timedelta(hours=1)
    last_hour = connection.scalars(select(count).where(*stands, since)).one()
    by_reviewer = connection.execute(
        select(DecisionRow.reviewer, count.label("decided"))
        .where(*stands)
        .group_by(DecisionRow.reviewer)
    )
    each = {row.reviewer: row.decided for row in by_reviewer}
    return Progress(waiting, held, decided, skipped, last_hour, each)
