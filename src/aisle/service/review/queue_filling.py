"""Products for the queue: read from JSON Lines, answered by the model, kept by the desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Container, Sequence
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from aisle.errors import AisleError
from aisle.review.desk import Desk
from aisle.review.entries import Added, Entry, is_storable
from aisle.schema import Candidate, CategoryPath, Decision, Prediction, Product, Status
from aisle.service.api.errors import RefusedError, malformed, one_line, unprocessable
from aisle.service.api.intake import RawProduct, check_picture, check_read, raw_of, to_product
from aisle.service.api.streaming import Line
from aisle.service.inference.batching import Outcome
from aisle.service.inference.engine import InferenceEngine
from aisle.service.inference.workers import Question
from aisle.service.review.desk_schemas import AnswerIn, FailedLine, QueuedIn, Taken
from aisle.service.review.desk_service import at_the_desk
from aisle.service.settings import Limits

_LINES = 64
_BYTES = 32_000_000
_FAILURES_LISTED = 1_000


@dataclass(frozen=True)
class Arrival:
    """A product that came for the queue.

    Attributes:
        number: of its line or row, from 1.
        product: what is known of it.
        value: what a right category is worth.
        answer: what a model said of it, or None.
    """

    number: int
    product: Product
    value: float = 0.0
    answer: Prediction | None = None

    def entry(self, answer: Prediction) -> Entry:
        """The product for the desk."""
        return Entry(self.product, answer, self.value)


@dataclass
class Counts:
    """What became of arrivals.

    Attributes:
        added: what the desk says of those that it took.
        assigned: how many the model assigned itself; they are not queued.
    """

    added: Added = field(default_factory=Added)
    assigned: int = 0


class QueueFiller:
    """Puts products into the queue, and asks the model about those that come without an answer.

    Args:
        desk: keeps the queue.
        engine: asks the model.
        queued: the decisions of the model that put a product into the queue.
    """

    def __init__(
        self,
        desk: Desk,
        engine: InferenceEngine,
        queued: Collection[Decision] = (Decision.REVIEW,),
    ) -> None:
        self._desk = desk
        self._engine = engine
        self._queued = queued

    async def fill(
        self, arrivals: Sequence[Arrival], counts: Counts, fail: Callable[[int, str], None]
    ) -> None:
        """Queues a few products.

        Args:
            arrivals: in their order.
            counts: is kept up to date.
            fail: is called with the number of each that cannot be queued, and why.

        Raises:
            RefusedError: the desk or the engine takes nothing now.
        """
        asked = [Question(one.product) for one in arrivals if one.answer is None]
        outcomes = iter(await self._engine.predict_all(asked))
        entries = []
        for one in arrivals:
            try:
                answer = one.answer or self._doubted(one.product, next(outcomes), counts)
                if answer is not None:
                    entries.append(one.entry(answer))
            except AisleError as error:
                fail(one.number, str(error))
        if entries:
            counts.added += await at_the_desk(lambda: self._desk.add(entries))

    def _doubted(self, product: Product, outcome: Outcome, counts: Counts) -> Prediction | None:
        """The model's answer where people are to decide; None where the model has decided."""
        if isinstance(outcome, Exception):
            raise unprocessable("the product could not be answered")
        check_read(product, outcome)
        self._engine.metrics.decisions.labels(outcome.decision, outcome.status).inc()
        if outcome.decision in self._queued:
            return outcome
        counts.assigned += 1
        return None


async def take_lines(
    lines: AsyncIterator[Line], filler: QueueFiller, tree: Container[CategoryPath], limits: Limits
) -> Taken:
    """Queues the products of JSON Lines to their end, some at a time while they come in.

    Args:
        lines: one product each; one that cannot be taken is listed, and the others are taken.
        filler: queues them.
        tree: the categories that an answer may name.
        limits: what a product may bring.

    Raises:
        RefusedError: the desk or the engine takes nothing now.
    """
    counts, failures = Counts(), 0
    failed: list[FailedLine] = []

    def fail(number: int, error: str) -> None:
        nonlocal failures
        failures += 1
        if len(failed) < _FAILURES_LISTED:
            failed.append(FailedLine(line=number, error=one_line(error)))

    def read(group: Sequence[Line]) -> list[Arrival]:
        arrivals = []
        for line in group:
            try:
                arrivals.append(read_arrival(line, tree, limits))
            except RefusedError as error:
                fail(line.number, str(error))
        return arrivals

    async for group in _in_groups(lines):
        await filler.fill(await asyncio.to_thread(read, group), counts, fail)
    return Taken(
        new=counts.added.new,
        renewed=counts.added.renewed,
        decided=counts.added.decided,
        assigned=counts.assigned,
        failures=failures,
        failed=sorted(failed, key=lambda one: one.line),
    )


def read_arrival(line: Line, tree: Container[CategoryPath], limits: Limits) -> Arrival:
    """The product in a line.

    Pictures that cannot be shown are left out where there is something else to look at: they may be
    why a person is asked.

    Raises:
        RefusedError: the line cannot be taken.
    """
    if line.content is None:
        raise unprocessable(f"the line has more than {limits.body_bytes} bytes")
    if not line.content.strip():
        raise unprocessable("the line is empty")
    try:
        given = QueuedIn.model_validate_json(line.content)
    except ValidationError as error:
        raise malformed(error) from error
    if given.id is None or not is_storable(str(given.id)):
        raise unprocessable("the product has no id that can be kept; give the shop's own key")
    raw = _with_shown_pictures(raw_of(given, limits), limits)
    product = to_product(raw, str(given.id), limits)
    answer = _answer(product.id, given.answer, tree) if given.answer else None
    return Arrival(line.number, product, given.value, answer)


def _with_shown_pictures(raw: RawProduct, limits: Limits) -> RawProduct:
    shown, refusal = [], None
    for picture in raw.pictures:
        try:
            check_picture(picture, limits)
            shown.append(picture)
        except RefusedError as error:
            refusal = error
    if refusal and not shown and not any(raw.texts):
        raise refusal
    return replace(raw, pictures=shown)


def _answer(key: str, given: AnswerIn, tree: Container[CategoryPath]) -> Prediction:
    category = tuple(given.category) if given.category else None
    others = tuple(Candidate(tuple(one.category), one.confidence) for one in given.alternatives)
    named = [path for path in (category, *(one.category for one in others)) if path]
    if not all(path in tree for path in named):
        raise unprocessable(
            "the answer names a category that is not in the tree of this service's model;"
            " serve the model that gave the answer, or send none"
        )
    return Prediction(
        id=key,
        category=category,
        confidence=given.confidence,
        levels=(),
        alternatives=others,
        decision=Decision.REVIEW,
        decision_reason=given.decision_reason,
        modalities=(),
        status=Status.OK,
    )


async def _in_groups(lines: AsyncIterator[Line]) -> AsyncIterator[list[Line]]:
    """Groups of lines, bounded in number and bytes."""
    group: list[Line] = []
    async for line in lines:
        group.append(line)
        if len(group) == _LINES or sum(one.size for one in group) > _BYTES:
            yield group
            group = []
    if group:
        yield group
