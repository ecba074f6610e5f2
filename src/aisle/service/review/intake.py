"""Products for the queue: JSON Lines, taken some at a time while they come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence

from aisle.errors import AisleError
from aisle.review.desk import Desk
from aisle.review.entries import Added, Entry
from aisle.schema import Decision, Prediction, Product
from aisle.service.answering import Question
from aisle.service.answers import check_read
from aisle.service.batcher import Outcome
from aisle.service.engine import Engine
from aisle.service.lines import Line
from aisle.service.refusals import RefusedError, one_line, unprocessable
from aisle.service.review.access import at_the_desk
from aisle.service.review.lines import Arrival, read_arrival
from aisle.service.review.messages import FailedLine, Taken
from aisle.service.settings import Limits

_LINES = 64
_BYTES = 32_000_000
_FAILURES_TOLD = 1_000


class Intake:
    """Takes lines into the queue, and counts what becomes of them.

    Args:
        desk: where they are kept.
        engine: what places those that come without an answer.
        limits: what a product may bring.
        queued: which of its decisions lead into the queue.
    """

    def __init__(
        self, desk: Desk, engine: Engine, limits: Limits, queued: Collection[Decision]
    ) -> None:
        self._desk = desk
        self._engine = engine
        self._limits = limits
        self._queued = queued
        self._added = Added()
        self._placed = 0
        self._failures = 0
        self._failed: list[FailedLine] = []

    async def take_all(self, lines: AsyncIterator[Line]) -> Taken:
        """Takes lines to their end; one that cannot be taken is told of, and the others are.

        Raises:
            RefusedError: the desk or the engine takes nothing now.
        """
        async for group in _in_groups(lines):
            await self._take(group)
        return Taken(
            new=self._added.new,
            renewed=self._added.renewed,
            decided=self._added.decided,
            placed=self._placed,
            failures=self._failures,
            failed=sorted(self._failed, key=lambda one: one.line),
        )

    async def _take(self, lines: Sequence[Line]) -> None:
        arrivals = await asyncio.to_thread(self._read, lines)
        if entries := await self._entries(arrivals):
            self._added += await at_the_desk(lambda: self._desk.add(entries))

    def _read(self, lines: Sequence[Line]) -> list[Arrival]:
        categories, read = frozenset(self._engine.answering.classes_), []
        for line in lines:
            try:
                read.append(read_arrival(line, categories, self._limits))
            except RefusedError as error:
                self._fail(line.number, str(error))
        return read

    async def _entries(self, arrivals: Sequence[Arrival]) -> list[Entry]:
        """What people are to decide; the model is asked where no answer came along."""
        asked = [Question(one.product) for one in arrivals if one.answer is None]
        outcomes = iter(await self._engine.classify_all(asked))
        entries = []
        for one in arrivals:
            try:
                answer = one.answer or self._for_people(one.product, next(outcomes))
                if answer is not None:
                    entries.append(one.entry(answer))
            except AisleError as error:
                self._fail(one.line, str(error))
        return entries

    def _for_people(self, product: Product, outcome: Outcome) -> Prediction | None:
        """The answer where people are to decide; None where the model has."""
        if isinstance(outcome, Exception):
            raise unprocessable("the product could not be answered")
        check_read(product, outcome)
        self._engine.meters.decisions.labels(outcome.decision, outcome.status).inc()
        if outcome.decision in self._queued:
            return outcome
        self._placed += 1
        return None

    def _fail(self, line: int, error: str) -> None:
        self._failures += 1
        if len(self._failed) < _FAILURES_TOLD:
            self._failed.append(FailedLine(line=line, error=one_line(error)))


async def _in_groups(lines: AsyncIterator[Line]) -> AsyncIterator[list[Line]]:
    """Lines by the group, none of more than so many bytes and one line."""
    group: list[Line] = []
    async for line in lines:
        group.append(line)
        if len(group) == _LINES or sum(one.size for one in group) > _BYTES:
            yield group
            group = []
    if group:
        yield group
