"""How far the queue is, and how fast the reviewers are."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, not_, select

from aisle.review.leases import is_free
from aisle.review.records import Action, Progress
from aisle.review.tables import DecisionRow, ProductRow

_WINDOW_SECONDS = 300.0
_FEWEST = 3
_LEAST_SECONDS = 20.0


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


@dataclass(frozen=True)
class _Step:
    at: float
    decision: int
    reviewer: str
    count: int


class Throughput:
    """The decisions of the last minutes; safe to use from one thread.

    Args:
        clock: gives seconds that never run backwards.

    Example:
        >>> throughput = Throughput(clock=lambda: 0.0)
        >>> throughput.count(decision=1, reviewer="Ada", products=12)
        >>> throughput.per_minute("Ada")
        36.0
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steps: deque[_Step] = deque()

    def count(self, decision: int, reviewer: str, products: int) -> None:
        """Counts products that a reviewer has just decided, each decision once.

        Args:
            decision: the id of its record.
            reviewer: who has decided.
            products: how many; 0 for one that was skipped.
        """
        if all(step.decision != decision for step in self._steps):
            self._steps.append(_Step(self._clock(), decision, reviewer, products))
        self._forget()

    def take_back(self, decision: int) -> None:
        """Forgets a decision."""
        self._steps = deque(step for step in self._steps if step.decision != decision)

    def per_minute(self, reviewer: str | None = None) -> float | None:
        """Products a minute over the last five minutes, or since the first decision in them.

        Args:
            reviewer: whose; all together by default.

        Returns:
            None where too few were decided to say.
        """
        self._forget()
        steps = [step for step in self._steps if reviewer in (None, step.reviewer)]
        products = sum(step.count for step in steps)
        if products < _FEWEST:
            return None
        seconds = max(self._clock() - steps[0].at, _LEAST_SECONDS)
        return products * 60 / seconds

    def minutes_left(self, waiting: int) -> float | None:
        """How long the waiting products take at the rate of all reviewers together."""
        rate = self.per_minute()
        return waiting / rate if rate else None

    def _forget(self) -> None:
        since = self._clock() - _WINDOW_SECONDS
        while self._steps and self._steps[0].at < since:
            self._steps.popleft()
