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
from aisle.service.api.errors import RefusedError, overloaded
from aisle.service.inference.batching import Batcher, Outcome
from aisle.service.inference.workers import Question, WorkerPool
from aisle.service.observability import Metrics, log_event
from aisle.service.settings import InferenceSettings, check_positive

_UNANSWERED = 500

PoolMaker = Callable[[Path, int], WorkerPool]
"""What makes a pool of workers with the model of a folder."""


class InferenceEngine:
    """One model folder, answering for many callers at once.

    A pool of processes answers; the model in this one describes itself: its tree, its figures.

    Args:
        folder: the model folder; that inside the package by default.
        settings: how products are answered together.
        make_pool: makes the pool of workers that answer.

    Attributes:
        model: that which answers now; None until `open`.
        loaded: since when.

    Raises:
        InputError: a number of the settings is 0 or below.
    """

    def __init__(
        self,
        folder: str | Path = FLIPKART,
        settings: InferenceSettings | None = None,
        make_pool: PoolMaker = WorkerPool,
    ) -> None:
        self.folder = Path(folder)
        self.settings = settings or InferenceSettings()
        check_positive(self.settings)
        self.metrics = Metrics()
        self.model: Classifier | None = None
        self.loaded = datetime.now(UTC)
        self._make_pool = make_pool
        self._pool: WorkerPool | None = None
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
        """Loads the model, here and in the workers, if that has not been done.

        Raises:
            ModelError: there is no model, or a damaged one.
        """
        if self._pool is None:
            self._pool = self._make_pool(self.folder, self.settings.workers)
        if self.model is None:
            self._take_over(Classifier.load(self.folder))

    def dismiss(self) -> None:
        """Ends the workers of an engine that was opened and never started."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.dismiss()

    async def start(self) -> None:
        """Opens the model and takes questions as soon as the pool is ready."""
        await asyncio.to_thread(self.open)
        assert self._pool is not None
        await self._pool.ready()
        self._batcher = Batcher(self._outcomes, self.settings, self.metrics)

    async def stop(self) -> None:
        """Answers what was accepted, takes no more, and ends the workers."""
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()
        async with self._reloading:
            pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def reload(self) -> None:
        """Loads the folder anew; until the new model is warm, the one before answers.

        Raises:
            ModelError: the folder holds no model, or a damaged one; the one before goes on.
        """
        async with self._reloading:
            try:
                model = await asyncio.to_thread(Classifier.load, self.folder)
                pool = await self._ready_pool()
            except AisleError as error:
                self.metrics.reloads.labels("failed").inc()
                log_event("error", "the model could not be loaded", reason=str(error))
                raise
            before, self._pool = self._pool, pool
            self._take_over(model)
            log_event("info", "the model was loaded", model=self.folder.name)
        if before is not None:
            await before.close()

    def check_room(self) -> None:
        """Checks that one more question may wait; call it before anything is done for one.

        Raises:
            RefusedError: the queue is full, or the service is stopping.
        """
        self._asked.check_room()

    async def predict(self, question: Question) -> Prediction:
        """The answer to one question.

        Raises:
            RefusedError: the queue is full, or the service is stopping.
        """
        return await self._asked.ask(question)

    async def predict_all(self, questions: Sequence[Question]) -> list[Outcome]:
        """The outcomes of a few questions of a stream, in their order."""
        return await self._asked.ask_all(questions)

    @property
    def _asked(self) -> Batcher:
        if self._batcher is None:
            raise overloaded("the service is stopping")
        return self._batcher

    def _take_over(self, model: Classifier) -> None:
        self.model, self.loaded = model, datetime.now(UTC)
        self.metrics.reloads.labels("done").inc()

    async def _ready_pool(self) -> WorkerPool:
        """A pool that is ready."""
        pool = await asyncio.to_thread(self._make_pool, self.folder, self.settings.workers)
        try:
            await pool.ready()
        except BaseException:
            await pool.close()
            raise
        return pool

    async def _outcomes(self, questions: Sequence[Question]) -> list[Outcome]:
        assert self._pool is not None
        answers = await self._pool.answers(questions)
        return [_unanswered() if one is None else one for one in answers]


async def reload_all(engines: Sequence[InferenceEngine]) -> None:
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
