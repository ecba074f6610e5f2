"""The model that answers, and its successor."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from PIL import Image

from aisle.classifier import Classifier
from aisle.errors import AisleError
from aisle.pack import FLIPKART
from aisle.schema import Prediction, Product
from aisle.service.batcher import Batcher, Outcome, Question
from aisle.service.logs import log_event, log_trouble
from aisle.service.meters import Meters
from aisle.service.refusals import RefusedError, overloaded
from aisle.service.settings import Pace, check_positive

_UNANSWERED = 500


class Engine:
    """One model folder, held in memory and answering for many callers at once.

    Args:
        folder: the model folder; that inside the package by default.
        pace: how products are answered together.

    Attributes:
        model: what answers now; None until `open`.
        loaded: since when.

    Raises:
        InputError: a number of the pace is 0 or below.
    """

    def __init__(self, folder: str | Path = FLIPKART, pace: Pace | None = None) -> None:
        self.folder = Path(folder)
        self.pace = pace or Pace()
        check_positive(self.pace)
        self.meters = Meters()
        self.model: Classifier | None = None
        self.loaded = datetime.now(UTC)
        self._batcher: Batcher | None = None
        self._reloading = asyncio.Lock()

    @property
    def ready(self) -> bool:
        """Whether it answers."""
        return self.model is not None and self._batcher is not None

    @property
    def answering(self) -> Classifier:
        """The model.

        Raises:
            RefusedError: it is not there yet.
        """
        if self.model is None:
            raise overloaded("the model is being loaded")
        return self.model

    def open(self) -> None:
        """Loads the model, if that has not been done.

        Raises:
            ModelError: there is no model, or a damaged one.
        """
        if self.model is None:
            self._take_over(_warm(Classifier.load(self.folder)))

    async def start(self) -> None:
        """Opens the model and takes questions."""
        await asyncio.to_thread(self.open)
        self._batcher = Batcher(self._outcomes, self.pace, self.meters)

    async def stop(self) -> None:
        """Answers what was accepted, and takes no more."""
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()

    async def reload(self) -> None:
        """Loads the folder anew; until the new model is warm, the one before answers.

        Raises:
            ModelError: the folder holds no model, or a damaged one; the one before goes on.
        """
        async with self._reloading:
            try:
                model = await asyncio.to_thread(lambda: _warm(Classifier.load(self.folder)))
            except AisleError as error:
                self.meters.reloads.labels("failed").inc()
                log_event("error", "the model could not be loaded", reason=str(error))
                raise
            self._take_over(model)
            log_event("info", "the model was loaded", model=self.folder.name)

    def check_room(self) -> None:
        """Whether one more question may wait; to be asked before anything is done for it.

        Raises:
            RefusedError: the queue is full, or the service is stopping.
        """
        self._asked.check_room()

    async def classify(self, question: Question) -> Prediction:
        """The answer to one question.

        Raises:
            RefusedError: the queue is full, or the service is stopping.
        """
        return await self._asked.ask(question)

    async def classify_all(self, questions: Sequence[Question]) -> list[Outcome]:
        """The outcomes of a few questions of a stream, in their order."""
        return await self._asked.ask_all(questions)

    @property
    def _asked(self) -> Batcher:
        if self._batcher is None:
            raise overloaded("the service is stopping")
        return self._batcher

    def _take_over(self, model: Classifier) -> None:
        self.model, self.loaded = model, datetime.now(UTC)
        self.meters.reloads.labels("done").inc()

    def _outcomes(self, questions: Sequence[Question]) -> list[Outcome]:
        """Runs in a thread; a product that breaks the model breaks no other's answer."""
        model = self.answering
        outcomes: dict[int, Outcome] = {}
        for why in (False, True):
            rows = [row for row, one in enumerate(questions) if one.why is why]
            products = [questions[row].product for row in rows]
            outcomes |= zip(rows, _answers(model, products, why), strict=True)
        return [outcomes[row] for row in range(len(questions))]


def _answers(model: Classifier, products: Sequence[Product], why: bool) -> Sequence[Outcome]:
    if not products:
        return []
    answer = model.predict if why else model.place
    try:
        return answer(products)
    except Exception as error:
        if len(products) == 1:
            log_trouble("a product could not be answered", error)
            return [RefusedError(_UNANSWERED, "the product could not be answered")]
        return [one for product in products for one in _answers(model, [product], why)]


def _warm(model: Classifier) -> Classifier:
    """Opens all encoders, so that the first caller does not wait for them."""
    file = BytesIO()
    Image.new("RGB", (64, 64), "white").save(file, "PNG")
    model.predict([Product("warm", ("a first product",), (file.getvalue(),))])
    return model
