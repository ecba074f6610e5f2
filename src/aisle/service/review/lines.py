"""A line that a caller sends for the queue, and the product in it."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from pydantic import ValidationError

from aisle.review.entries import Entry, is_storable
from aisle.schema import Candidate, CategoryPath, Decision, Prediction, Product, Status
from aisle.service.lines import Line
from aisle.service.pictures import check_picture
from aisle.service.products import Parts, parts_of, to_product
from aisle.service.refusals import RefusedError, malformed, unprocessable
from aisle.service.review.messages import AnswerIn, QueuedIn
from aisle.service.settings import Limits


@dataclass(frozen=True)
class Arrival:
    """A product that came for the queue.

    Attributes:
        line: the number of its line.
        product: what is known of it.
        value: what a right category is worth.
        answer: what a model said of it, or None.
    """

    line: int
    product: Product
    value: float
    answer: Prediction | None

    def entry(self, answer: Prediction) -> Entry:
        """The product for the desk."""
        return Entry(self.product, answer, self.value)


def read_arrival(line: Line, categories: Container[CategoryPath], limits: Limits) -> Arrival:
    """The product in a line.

    Pictures that cannot be shown are left out where there is something else to look at: they may be
    why a person is asked.

    Args:
        line: JSON.
        categories: those that can be assigned.
        limits: what a product may bring.

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
    parts = _with_shown_pictures(parts_of(given, limits), limits)
    product = to_product(parts, str(given.id), limits)
    answer = _answer(product.id, given.answer, categories) if given.answer else None
    return Arrival(line.number, product, given.value, answer)


def _with_shown_pictures(parts: Parts, limits: Limits) -> Parts:
    shown, refusal = [], None
    for picture in parts.pictures:
        try:
            check_picture(picture, limits)
            shown.append(picture)
        except RefusedError as error:
            refusal = error
    if refusal and not shown and not any(parts.texts):
        raise refusal
    return replace(parts, pictures=shown)


def _answer(key: str, given: AnswerIn, categories: Container[CategoryPath]) -> Prediction:
    category = tuple(given.category) if given.category else None
    others = tuple(Candidate(tuple(one.category), one.confidence) for one in given.alternatives)
    named = [path for path in (category, *(one.category for one in others)) if path]
    if not all(path in categories for path in named):
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
