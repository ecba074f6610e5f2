"""Products of many callers, answered together in threads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition, Thread

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

    A thread that has answered a group takes what has come since, without a turn of the event loop.
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
        self._arrived = Condition()
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._threads = [
            Thread(target=self._work, name=f"aisle-answers-{number}", daemon=True)
            for number in range(pace.workers)
        ]
        for thread in self._threads:
            thread.start()

    def check_room(self) -> None:
        """Whether one more question may wait.

        Raises:
            RefusedError: the queue is full.
        """
        if len(self._single) >= self._pace.queue:
            raise overloaded(f"{len(self._single)} products are waiting already")

    async def ask(self, question: Question) -> Prediction:
        """The answer to one question; a caller that is cancelled gives up its place.

        Raises:
            RefusedError: the queue is full.
        """
        self.check_room()
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
        with self._arrived:
            self._closed = True
            self._arrived.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _put(self, question: Question, queue: deque[_Job]) -> _Job:
        job = _Job(question, self._loop.create_future())
        with self._arrived:
            queue.append(job)
            self._count()
            self._arrived.notify()
        return job

    def _leave(self, job: _Job, queue: deque[_Job]) -> None:
        with self._arrived:
            if job in queue:
                queue.remove(job)
                self._count()

    def _count(self) -> None:
        self._meters.waiting.set(len(self._single) + len(self._streamed))

    def _work(self) -> None:
        """Runs in a thread."""
        while jobs := self._next():
            self._meters.groups.observe(len(jobs))
            outcomes = self._outcomes([job.question for job in jobs])
            self._loop.call_soon_threadsafe(_settle, jobs, outcomes)

    def _next(self) -> list[_Job]:
        """The next group, as soon as there is one; none where nothing waits and nothing will."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._single or self._streamed or self._closed)
            return self._take()

    def _take(self) -> list[_Job]:
        most = self._pace.together
        kept_free = min(len(self._streamed), most // 4)
        jobs = [self._single.popleft() for _ in range(min(len(self._single), most - kept_free))]
        rest = min(len(self._streamed), most - len(jobs))
        jobs += [self._streamed.popleft() for _ in range(rest)]
        self._count()
        return jobs

    def _outcomes(self, questions: Sequence[Question]) -> list[Outcome]:
        try:
            return self._answer(questions)
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
