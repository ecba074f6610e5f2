"""How far the queue is."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, not_, select

from aisle.review.leasing import is_free
from aisle.review.records import Action, Progress
from aisle.review.tables import DecisionRow, ProductRow


def progress(connection: Connection, now: datetime) -> Progress:
    """See `Desk.progress`."""
    count, free = func.count(), is_free(now)
    waiting, held, skipped = connection.execute(
        select(
            count.filter(free),
            count.filter(not_(free)),
            count.filter(free, ProductRow.skips > 0),
        ).where(ProductRow.waiting)
    ).one()
    who, action, last_hour = DecisionRow.reviewer, DecisionRow.action, now - timedelta(hours=1)
    standing = connection.execute(
        select(who, action, count, count.filter(DecisionRow.at >= last_hour))
        .where(DecisionRow.undone_at.is_(None), action != Action.SKIP)
        .group_by(who, action)
    )
    by_action, by_reviewer, lately = Counter[str](), Counter[str](), 0
    for name, kind, decided, decided_lately in standing:
        by_action[kind] += decided
        by_reviewer[name] += decided
        lately += decided_lately
    return Progress(
        waiting=waiting,
        held=held,
        decided=by_action[Action.ASSIGN],
        no_category=by_action[Action.NO_CATEGORY],
        skipped=skipped,
        decided_last_hour=lately,
        by_reviewer=dict(by_reviewer),
    )
