"""Products of many callers, answered together in threads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from aisle.schema import Prediction, Product
from aisle.service.meters import Meters
from aisle.service.refusals import overloaded
from aisle.service.settings import Pace


@dataclass(frozen=True)
class Question:
    """A product to place, with or without reasons."""

    product: Product
    why: bool = False


@dataclass(frozen=True, eq=False)
class _Job:
    question: Question
    answer: asyncio.Future[Prediction]


Outcome = Prediction | Exception
Answerer = Callable[[Sequence[Question]], list[Outcome]]


class Batcher:
    """Gathers questions and has them answered a group at a time.

    Single questions come before those of streams, but streams get a quarter of each group. The
    queue of single questions is bounded; those of streams wait for their answers before they ask
    on.

    Args:
        answer: answers a group, in a thread; what goes wrong with a question is its outcome.
        pace: how many and how long.
        meters: count.
    """

    def __init__(self, answer: Answerer, pace: Pace, meters: Meters) -> None:
        self._answer = answer
        self._pace = pace
        self._meters = meters
        self._single: deque[_Job] = deque()
        self._streamed: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._free = asyncio.Semaphore(pace.workers)
        self._threads = ThreadPoolExecutor(pace.workers, thread_name_prefix="aisle-answers")
        self._groups: set[asyncio.Task[None]] = set()
        self._loop = asyncio.create_task(self._run())

    async def ask(self, question: Question) -> Prediction:
        """The answer to one question; a caller that is cancelled gives up its place.

        Raises:
            RefusedError: the queue is full.
        """
        if len(self._single) >= self._pace.queue:
            raise overloaded(f"{len(self._single)} products are waiting already")
        job = self._put(question, self._single)
        try:
            return await job.answer
        finally:
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
        """Answers what waits, and ends the threads."""
        while self._single or self._streamed or self._groups:
            await asyncio.sleep(0.01)
        self._loop.cancel()
        self._threads.shutdown()

    def _put(self, question: Question, queue: deque[_Job]) -> _Job:
        job = _Job(question, asyncio.get_running_loop().create_future())
        queue.append(job)
        self._arrived.set()
        self._count()
        return job

    def _leave(self, job: _Job, queue: deque[_Job]) -> None:
        if job in queue:
            queue.remove(job)
            self._count()

    def _count(self) -> None:
        self._meters.waiting.set(len(self._single) + len(self._streamed))

    async def _run(self) -> None:
        while True:
            await self._free.acquire()
            jobs = await self._next()
            group = asyncio.create_task(self._settle(jobs))
            self._groups.add(group)
            group.add_done_callback(self._groups.discard)

    async def _next(self) -> list[_Job]:
        """The next group; it waits a moment for more to come."""
        while True:
            await self._arrived.wait()
            if len(self._single) + len(self._streamed) < self._pace.together:
                await asyncio.sleep(self._pace.wait)
            if jobs := self._take():
                return jobs

    def _take(self) -> list[_Job]:
        most = self._pace.together
        kept_free = min(len(self._streamed), most // 4)
        jobs = [self._single.popleft() for _ in range(min(len(self._single), most - kept_free))]
        rest = min(len(self._streamed), most - len(jobs))
        jobs += [self._streamed.popleft() for _ in range(rest)]
        if not self._single and not self._streamed:
            self._arrived.clear()
        self._count()
        return jobs

    async def _settle(self, jobs: list[_Job]) -> None:
        self._meters.groups.observe(len(jobs))
        questions = [job.question for job in jobs]
        loop = asyncio.get_running_loop()
        try:
            outcomes = await loop.run_in_executor(self._threads, self._answer, questions)
        finally:
            self._free.release()
        for job, outcome in zip(jobs, outcomes, strict=True):
            if job.answer.done():
                continue
            if isinstance(outcome, Prediction):
                job.answer.set_result(outcome)
            else:
                job.answer.set_exception(outcome)


def _as_exception(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
