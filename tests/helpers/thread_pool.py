"""A pool of workers without processes, for tests that ask a service in their own process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from aisle.service.inference.workers import Answer, Question, answers_to, load_warm


class ThreadPool:
    """Answers in threads, as `aisle.service.crew.WorkerPool` does in processes."""

    def __init__(self, folder: Path, size: int) -> None:
        self._model = load_warm(str(folder))

    async def ready(self) -> None:
        return

    async def answers(self, questions: Sequence[Question]) -> list[Answer]:
        return await asyncio.to_thread(self._answers, questions)

    async def close(self) -> None:
        return

    def dismiss(self) -> None:
        return

    def _answers(self, questions: Sequence[Question]) -> list[Answer]:
        return answers_to(self._model, questions)


def slow_pool(seconds: float, *, only_explain: bool = False) -> Callable[[Path, int], ThreadPool]:
    """Makes pools that take longer over each batch, or over those with an explanation alone."""

    class Slow(ThreadPool):
        def _answers(self, questions: Sequence[Question]) -> list[Answer]:
            if not only_explain or any(one.explain for one in questions):
                time.sleep(seconds)
            return super()._answers(questions)

    return Slow
