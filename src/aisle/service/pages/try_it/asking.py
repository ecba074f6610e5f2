"""One product, asked about as a whole and by each of its sides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

from aisle.schema import Prediction, Product
from aisle.service.answering import Question
from aisle.service.api.errors import RefusedError
from aisle.service.engine import Engine

_TRIES = 12
_LONGEST_PAUSE = 5.0


@dataclass(frozen=True)
class Answered:
    """What one model says.

    Attributes:
        model: its name.
        whole: to all that there is to look at, with the reasons.
        text: to the text alone; None where there is no text.
        picture: to the picture alone; None where there is no picture.
    """

    model: str
    whole: Prediction
    text: Prediction | None
    picture: Prediction | None

    @property
    def both(self) -> Prediction | None:
        """To text and picture together; None where one of them is missing."""
        return self.whole if self.text and self.picture else None


async def ask(engine: Engine, product: Product, busy: Callable[[str], None]) -> Answered:
    """Asks a model; as long as it is overloaded it is asked again, some times.

    Args:
        engine: what answers.
        product: with a text, a picture or both.
        busy: is told each time that the model cannot answer yet.

    Raises:
        RefusedError: there is no answer, or none in time.
    """
    for number in range(_TRIES):
        try:
            return await _ask_once(engine, product)
        except RefusedError as error:
            if error.status != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            busy(str(error))
        await asyncio.sleep(min(_LONGEST_PAUSE, 2.0**number / 2))
    raise RefusedError(
        HTTPStatus.SERVICE_UNAVAILABLE, "the service is overloaded; try again in a few minutes"
    )


async def _ask_once(engine: Engine, product: Product) -> Answered:
    texts, pictures = replace(product, images=()), replace(product, texts=())
    sides = [one for one in (texts, pictures) if product.text and product.images]
    questions = [Question(product, why=True), *map(Question, sides)]
    try:
        async with asyncio.timeout(engine.pace.seconds):
            whole, *alone = await asyncio.gather(*map(engine.classify, questions))
    except TimeoutError as error:
        sentence = f"there was no answer within {engine.pace.seconds:g} seconds; try again"
        raise RefusedError(HTTPStatus.GATEWAY_TIMEOUT, sentence) from error
    if alone:
        return Answered(engine.folder.name, whole, *alone)
    if product.text:
        return Answered(engine.folder.name, whole, whole, None)
    return Answered(engine.folder.name, whole, None, whole)
