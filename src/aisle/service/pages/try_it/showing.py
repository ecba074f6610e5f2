"""Answers as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aisle.evaluation.presentation import percent
from aisle.schema import (
    CategoryPath,
    Contribution,
    Decision,
    Prediction,
    Product,
    SimilarProduct,
    join_path,
)
from aisle.service.pages.catalogue import Catalogue
from aisle.service.pages.rendering import filled
from aisle.service.pages.try_it.asking import Answered
from aisle.service.pages.try_it.highlighting import Piece, highlighted

SIDES = {"text": "Text only", "image": "Picture only", "both": "Both"}
_ABSENT = {"text": "There is no text.", "image": "There is no picture."}


@dataclass(frozen=True)
class Side:
    """What is answered to one side of a product.

    Attributes:
        kind: "text", "image" or "both".
        title: of the side.
        answer: to this side, or None.
        absent: why there is no answer.
    """

    kind: str
    title: str
    answer: Prediction | None
    absent: str


@dataclass(frozen=True)
class Shown:
    """A model's answer with all that is drawn beside it.

    Attributes:
        model: its name.
        answer: to the whole product.
        sides: text, picture, both.
        runner_up: what the winner is weighed against, or None.
        contributions: of the experts.
        most_nats: of the strongest contribution, the scale of the bars.
        pieces: the text with the words that carried the answer; empty where there are none.
        most_share: of the strongest piece.
        similar: training products with their thumbnails.
    """

    model: str
    answer: Prediction
    sides: tuple[Side, ...]
    runner_up: CategoryPath | None
    contributions: tuple[Contribution, ...]
    most_nats: float
    pieces: tuple[Piece, ...]
    most_share: float
    similar: tuple[tuple[SimilarProduct, str | None], ...]


def shown(answered: Answered, product: Product, catalogue: Catalogue) -> Shown:
    """What is drawn of a model's answer to a product."""
    answer = answered.whole
    words = answer.explanation.words if answer.explanation else ()
    similar = answer.explanation.similar if answer.explanation else ()
    contributions = answer.explanation.contributions if answer.explanation else ()
    pieces = tuple(highlighted(product.text, words)) if words else ()
    return Shown(
        model=answered.model,
        answer=answer,
        sides=_sides(answered),
        runner_up=answer.alternatives[0].category if answer.alternatives else None,
        contributions=contributions,
        most_nats=max((abs(one.log_odds) for one in contributions), default=0.0) or 1.0,
        pieces=pieces,
        most_share=max((piece.share for piece in pieces), default=0.0) or 1.0,
        similar=tuple((one, catalogue.thumbnail(one.id)) for one in similar),
    )


def answer_html(answers: Sequence[Answered], product: Product, catalogue: Catalogue) -> str:
    """The answers of one model, or of two beside each other; all text is escaped."""
    return filled("answer.html", answers=[shown(one, product, catalogue) for one in answers])


def no_answer_html() -> str:
    """What stands in the place of an answer."""
    return filled("answer.html", answers=())


def spoken(answers: Sequence[Answered]) -> str:
    """The answers in a sentence each, for people who hear them."""
    if len(answers) == 1:
        return _sentence(answers[0].whole)
    return " ".join(f"{one.model}: {_sentence(one.whole)}" for one in answers)


def _sentence(answer: Prediction) -> str:
    if answer.category is None:
        return f"No answer: {answer.decision_reason}."
    verdict = "Assign" if answer.decision is Decision.ASSIGN else "Review"
    return f"{verdict}: {join_path(answer.category)}, {percent(answer.confidence)}."


def _sides(answered: Answered) -> tuple[Side, ...]:
    answers = {"text": answered.text, "image": answered.picture, "both": answered.both}
    missing = " ".join(reason for kind, reason in _ABSENT.items() if answers[kind] is None)
    absent = _ABSENT | {"both": missing}
    return tuple(Side(kind, title, answers[kind], absent[kind]) for kind, title in SIDES.items())
