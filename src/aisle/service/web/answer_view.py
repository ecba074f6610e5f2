"""Answers: what is asked about a product, and how the page shows what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

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
from aisle.service.api.errors import RefusedError
from aisle.service.inference.engine import InferenceEngine
from aisle.service.inference.workers import Question
from aisle.service.web.highlighting import Piece, highlighted
from aisle.service.web.samples import Catalogue


@dataclass(frozen=True)
class Answered:
    """What one model answers.

    Attributes:
        model: its name.
        whole: for all that there is to look at, with the explanation.
        text: for the text alone; None where there is no text.
        image: for the pictures alone; None where there is no picture.
    """

    model: str
    whole: Prediction
    text: Prediction | None
    image: Prediction | None

    @property
    def both(self) -> Prediction | None:
        """For text and pictures together; None where one of them is missing."""
        return self.whole if self.text and self.image else None


async def ask(engine: InferenceEngine, product: Product) -> Answered:
    """Asks a model.

    Args:
        engine: what answers.
        product: with a text, pictures or both.

    Raises:
        RefusedError: the model is overloaded, or there is no answer in time.
    """
    texts, pictures = replace(product, images=()), replace(product, texts=())
    parts = [one for one in (texts, pictures) if product.text and product.images]
    questions = [Question(product, explain=True), *map(Question, parts)]
    try:
        async with asyncio.timeout(engine.settings.timeout):
            whole, *alone = await asyncio.gather(*map(engine.predict, questions))
    except TimeoutError as error:
        sentence = f"there was no answer within {engine.settings.timeout:g} seconds; try again"
        raise RefusedError(HTTPStatus.GATEWAY_TIMEOUT, sentence) from error
    if alone:
        return Answered(engine.folder.name, whole, *alone)
    if product.text:
        return Answered(engine.folder.name, whole, whole, None)
    return Answered(engine.folder.name, whole, None, whole)


_TITLES = {"text": "Text only", "image": "Pictures only", "both": "Both"}
_ABSENT = {"text": "There is no text.", "image": "There is no picture."}
_CLEAR, _STRONG = 0.5, 1.5
"""From which log-odds on an expert speaks clearly, or strongly, for a category."""


@dataclass(frozen=True)
class PartView:
    """The answer for one part of a product.

    Attributes:
        kind: "text", "image" or "both".
        title: for people.
        answer: for this part, or None.
        absent: why there is no answer.
    """

    kind: str
    title: str
    answer: Prediction | None
    absent: str


@dataclass(frozen=True)
class ExpertView:
    """What one expert contributes.

    Attributes:
        contribution: in log-odds, for the answer or for its first alternative.
        share: of the strongest contribution, the length of the bar.
        words: how clearly it speaks, and for which category.
    """

    contribution: Contribution
    share: float
    words: str


@dataclass(frozen=True)
class AnswerView:
    """A model's answer with all that is drawn of it.

    Attributes:
        model: its name.
        answer: for the whole product.
        parts: text, pictures, both.
        alternative: what the answer is weighed against, or None.
        experts: what each contributes.
        pieces: the text with the words that led to the answer; empty where there are none.
        most_share: of the strongest piece.
        similar: training products with their thumbnails.
    """

    model: str
    answer: Prediction
    parts: tuple[PartView, ...]
    alternative: CategoryPath | None
    experts: tuple[ExpertView, ...]
    pieces: tuple[Piece, ...]
    most_share: float
    similar: tuple[tuple[SimilarProduct, str | None], ...]


def answer_view(answered: Answered, product: Product, catalogue: Catalogue) -> AnswerView:
    """What is drawn of a model's answer to a product."""
    answer, explanation = answered.whole, answered.whole.explanation
    words = explanation.words if explanation else ()
    similar = explanation.similar if explanation else ()
    pieces = tuple(highlighted(product.text, words)) if words else ()
    return AnswerView(
        model=answered.model,
        answer=answer,
        parts=_parts(answered),
        alternative=answer.alternatives[0].category if answer.alternatives else None,
        experts=tuple(_experts(answer)),
        pieces=pieces,
        most_share=max((piece.share for piece in pieces), default=0.0) or 1.0,
        similar=tuple((one, catalogue.thumbnail(one.id)) for one in similar),
    )


def spoken(answers: Sequence[Answered]) -> str:
    """The answers in a sentence each, for people who hear them."""
    if len(answers) == 1:
        return _sentence(answers[0].whole)
    return " ".join(f"{one.model}: {_sentence(one.whole)}" for one in answers)


def _sentence(answer: Prediction) -> str:
    if answer.category is None:
        return f"No answer: {answer.decision_reason}."
    decision = "Assign" if answer.decision is Decision.ASSIGN else "Review"
    return f"{decision}: {join_path(answer.category)}, {percent(answer.confidence)}."


def _parts(answered: Answered) -> tuple[PartView, ...]:
    answers = {"text": answered.text, "image": answered.image, "both": answered.both}
    missing = " ".join(reason for kind, reason in _ABSENT.items() if answers[kind] is None)
    absent = _ABSENT | {"both": missing}
    return tuple(
        PartView(kind, title, answers[kind], absent[kind]) for kind, title in _TITLES.items()
    )


def _experts(answer: Prediction) -> list[ExpertView]:
    if not (answer.explanation and answer.category and answer.alternatives):
        return []
    poles = answer.category[-1], answer.alternatives[0].category[-1]
    found = answer.explanation.contributions
    most = max((abs(one.log_odds) for one in found), default=0.0) or 1.0
    return [
        ExpertView(one, abs(one.log_odds) / most, _speaks(one.log_odds, *poles)) for one in found
    ]


def _speaks(log_odds: float, winner: str, alternative: str) -> str:
    strength = abs(log_odds)
    how = "strongly" if strength >= _STRONG else "clearly" if strength >= _CLEAR else "slightly"
    return f"{how} for {winner if log_odds > 0 else alternative}"
