"""Products of many callers, answered together in batches."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aisle.schema import Prediction
from aisle.service.api.errors import overloaded
from aisle.service.inference.workers import Question
from aisle.service.observability import Metrics
from aisle.service.settings import InferenceSettings


@dataclass(frozen=True, eq=False)
class _Job:
    question: Question
    answer: asyncio.Future[Prediction]


Outcome = Prediction | Exception
Answerer = Callable[[Sequence[Question]], Awaitable[list[Outcome]]]


class Batcher:
    """Gathers questions and has them answered a batch at a time.

    As soon as a batch is answered the next one takes what has come since. Single questions come
    before those of streams, but streams get a quarter of each batch. The queue of single questions
    is bounded; those of streams wait for their answers before they ask on. Once the queue was full,
    it is shorter for a while: long queues gain throughput where everyone finds room, and only
    waiting where some must be refused anyhow.

    Args:
        answer: answers a batch; what goes wrong with a question is its outcome.
        settings: how many and how long.
        metrics: count.
        clock: gives seconds that never run backwards.
    """

    def __init__(
        self,
        answer: Answerer,
        settings: InferenceSettings,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answer = answer
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._single: deque[_Job] = deque()
        self._streamed: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._asked = 0
        self._overloaded_until = 0.0
        self._closed = False
        self._loops = [asyncio.create_task(self._work()) for _ in range(settings.workers)]

    def check_room(self) -> None:
        """Checks that one more question may wait.

        Raises:
            RefusedError: the queue is full.
        """
        now, settings = self._clock(), self._settings
        if now < self._overloaded_until:
            full = self._asked >= min(settings.overload_capacity, settings.capacity)
        elif full := self._asked >= settings.capacity:
            self._overloaded_until = now + settings.overload_seconds
        if full:
            raise overloaded(f"{self._asked} products are being answered or wait already")

    async def ask(self, question: Question) -> Prediction:
        """The answer to one question; a caller that is cancelled gives up its place.

        Raises:
            RefusedError: the queue is full.
        """
        self.check_room()
        job = self._put(question, self._single)
        self._asked += 1
        try:
            return await job.answer
        finally:
            self._asked -= 1
            self._leave(job, self._single)

    async def ask_all(self, questions: Sequence[Question]) -> list[Outcome]:
        """The outcome of each question of a stream, in their order."""
        jobs = [self._put(question, self._streamed) for question in questions]
        try:
            found = await asyncio.gather(*(job.answer for job in jobs), return_exceptions=True)
        finally:
            for job in jobs:
                self._leave(job, self._streamed)
        return [one if isinstance(one, Prediction) else _as_exception(one) for one in found]

    async def close(self) -> None:
        """Answers what waits, and takes no more."""
        self._closed = True
        self._arrived.set()
        await asyncio.gather(*self._loops)

    def _put(self, question: Question, queue: deque[_Job]) -> _Job:
        job = _Job(question, asyncio.get_running_loop().create_future())
        queue.append(job)
        self._count()
        self._arrived.set()
        return job

    def _leave(self, job: _Job, queue: deque[_Job]) -> None:
        if job in queue:
            queue.remove(job)
            self._count()

    def _count(self) -> None:
        self._metrics.waiting.set(len(self._single) + len(self._streamed))

    async def _work(self) -> None:
        while jobs := await self._next():
            self._metrics.batches.observe(len(jobs))
            _settle(jobs, await self._outcomes([job.question for job in jobs]))

    async def _next(self) -> list[_Job]:
        """The next batch, as soon as there is one; none where nothing waits and nothing will."""
        while not (self._single or self._streamed or self._closed):
            self._arrived.clear()
            await self._arrived.wait()
        return self._take()

    def _take(self) -> list[_Job]:
        most = self._settings.batch_size
        reserved = min(len(self._streamed), most // 4)
        jobs = [self._single.popleft() for _ in range(min(len(self._single), most - reserved))]
        rest = min(len(self._streamed), most - len(jobs))
        jobs += [self._streamed.popleft() for _ in range(rest)]
        self._count()
        return jobs

    async def _outcomes(self, questions: Sequence[Question]) -> list[Outcome]:
        try:
            return await self._answer(questions)
        except Exception as error:
            return [error] * len(questions)


def _settle(jobs: Sequence[_Job], outcomes: Sequence[Outcome]) -> None:
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.answer.done():
            continue
        if isinstance(outcome, Prediction):
            job.answer.set_result(outcome)
        else:
            job.answer.set_exception(outcome)


def _as_exception(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
