"""A pool of workers without processes, for tests that ask a service in their own process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from aisle.classifier import Classifier
from aisle.service.inference.workers import Answer, Question, answers_to, load_warm

_opened: dict[tuple[tuple[Path, int, int], ...], Classifier] = {}
"""Models by the state of their files: hundreds of tests ask the same one."""


def open_once(folder: Path) -> Classifier:
    """The model of a folder, loaded anew where a file has changed."""
    stats = ((path, path.stat()) for path in sorted(folder.rglob("*")))
    state = tuple((path, one.st_mtime_ns, one.st_size) for path, one in stats)
    if state not in _opened:
        _opened[state] = load_warm(str(folder))
    return _opened[state]


class ThreadPool:
    """Answers in threads, as `aisle.service.crew.WorkerPool` does in processes."""

    def __init__(self, folder: Path, size: int) -> None:
        self._model = open_once(folder)

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
