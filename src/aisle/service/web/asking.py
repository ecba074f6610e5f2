"""One product, answered as a whole and by each of its modalities."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from http import HTTPStatus

from aisle.schema import Prediction, Product
from aisle.service.api.errors import RefusedError
from aisle.service.inference.engine import InferenceEngine
from aisle.service.inference.workers import Question


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
