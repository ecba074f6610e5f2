"""The model that answers, and its successor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from aisle.classifier import Classifier
from aisle.errors import AisleError
from aisle.pack import FLIPKART
from aisle.schema import Prediction
from aisle.service.answering import Question
from aisle.service.api.errors import RefusedError, overloaded
from aisle.service.batcher import Batcher, Outcome
from aisle.service.crew import Crew
from aisle.service.logs import log_event
from aisle.service.meters import Meters
from aisle.service.settings import Pace, check_positive

_UNANSWERED = 500

Recruit = Callable[[Path, int], Crew]
"""What makes a crew with the model of a folder."""


class Engine:
    """One model folder, answering for many callers at once.

    A crew of processes answers; the model in this one tells of itself: its tree, its figures.

    Args:
        folder: the model folder; that inside the package by default.
        pace: how products are answered together.
        recruit: makes the crew that answers.

    Attributes:
        model: that which answers now; None until `open`.
        loaded: since when.

    Raises:
        InputError: a number of the pace is 0 or below.
    """

    def __init__(
        self,
        folder: str | Path = FLIPKART,
        pace: Pace | None = None,
        recruit: Recruit = Crew,
    ) -> None:
        self.folder = Path(folder)
        self.pace = pace or Pace()
        check_positive(self.pace)
        self.meters = Meters()
        self.model: Classifier | None = None
        self.loaded = datetime.now(UTC)
        self._recruit = recruit
        self._crew: Crew | None = None
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
        """Loads the model, here and in the crew, if that has not been done.

        Raises:
            ModelError: there is no model, or a damaged one.
        """
        if self._crew is None:
            self._crew = self._recruit(self.folder, self.pace.workers)
        if self.model is None:
            self._take_over(Classifier.load(self.folder))

    def dismiss(self) -> None:
        """Ends the crew of an engine that was opened and never started."""
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.dismiss()

    async def start(self) -> None:
        """Opens the model and takes questions as soon as the crew is ready."""
        await asyncio.to_thread(self.open)
        assert self._crew is not None
        await self._crew.ready()
        self._batcher = Batcher(self._outcomes, self.pace, self.meters)

    async def stop(self) -> None:
        """Answers what was accepted, takes no more, and ends the crew."""
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()
        async with self._reloading:
            crew, self._crew = self._crew, None
        if crew is not None:
            await crew.close()

    async def reload(self) -> None:
        """Loads the folder anew; until the new model is warm, the one before answers.

        Raises:
            ModelError: the folder holds no model, or a damaged one; the one before goes on.
        """
        async with self._reloading:
            try:
                model = await asyncio.to_thread(Classifier.load, self.folder)
                crew = await self._recruited()
            except AisleError as error:
                self.meters.reloads.labels("failed").inc()
                log_event("error", "the model could not be loaded", reason=str(error))
                raise
            before, self._crew = self._crew, crew
            self._take_over(model)
            log_event("info", "the model was loaded", model=self.folder.name)
        if before is not None:
            await before.close()

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

    async def _recruited(self) -> Crew:
        """A crew that is ready."""
        crew = await asyncio.to_thread(self._recruit, self.folder, self.pace.workers)
        try:
            await crew.ready()
        except BaseException:
            await crew.close()
            raise
        return crew

    async def _outcomes(self, questions: Sequence[Question]) -> list[Outcome]:
        assert self._crew is not None
        answers = await self._crew.answers(questions)
        return [_unanswered() if one is None else one for one in answers]


async def reload_all(engines: Sequence[Engine]) -> None:
    """Loads the folder of each anew, also where that of another cannot be loaded.

    Raises:
        ModelError: the first that could not be loaded; the model before goes on there.
    """
    failures = []
    for engine in engines:
        try:
            await engine.reload()
        except AisleError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _unanswered() -> RefusedError:
    return RefusedError(_UNANSWERED, "the product could not be answered")
