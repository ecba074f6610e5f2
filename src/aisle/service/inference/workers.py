"""Processes that answer products, each with a model of its own; one that dies is replaced.

A process starts from a fork server that has imported what it needs. So this module itself imports
little: the fork server starts before the service imports its own part.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from io import BytesIO
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.schema import Prediction, Product
from aisle.service.observability import log_event, log_to_stderr, log_trouble

if TYPE_CHECKING:
    from aisle.classifier import Classifier

ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that end or reload the service; all its processes may get them, and one obeys."""

_METHODS = ("forkserver", "spawn")
_PRELOADED = ("aisle.classifier", "aisle.service.inference.workers")
_NICE = 5
"""Workers stand back that much, so that the parent takes and refuses requests without delay."""

_FATAL = "a product could not be answered: it ends the process that works on it"

_models: list[Classifier] = []
"""In a worker process: the model that it has opened."""


@dataclass(frozen=True)
class Question:
    """A product to predict, with or without an explanation."""

    product: Product
    explain: bool = False


Answer = Prediction | None
"""None where a product could not be answered."""


class WorkerPool:
    """Processes with the model of a folder, each answering a batch at a time.

    They start at once, and load while the caller does something else.

    Args:
        folder: the model folder; it must stay, since a worker that dies is replaced from there.
        size: how many processes.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._workers = [_Worker(folder) for _ in range(size)]
        self._free: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for one in self._workers:
            self._free.put_nowait(one)

    async def ready(self) -> None:
        """Waits until all workers have opened the model.

        Raises:
            ModelError: there is no model, or a damaged one.
        """
        await asyncio.gather(*(one.ready() for one in self._workers))

    async def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """One answer a question, in their order, by a worker that is free.

        Raises:
            ModelError: the worker has died, and the folder holds no model any more.
        """
        one = await self._free.get()
        try:
            return await one.answers(questions)
        finally:
            self._free.put_nowait(one)

    async def close(self) -> None:
        """Ends the processes, each after the batch that it is answering."""
        for _ in self._workers:
            one = await self._free.get()
            await asyncio.to_thread(one.end)

    def dismiss(self) -> None:
        """Ends the processes where nothing was asked yet."""
        for one in self._workers:
            one.end()


class _Worker:
    """A process, and its successors."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._start()

    async def ready(self) -> None:
        """Waits for the model; a process that dies before it is there gets one more try."""
        try:
            await asyncio.shield(asyncio.wrap_future(self._opened))
        except BrokenProcessPool:
            await self._replace()
            await asyncio.wrap_future(self._opened)

    async def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers; where the process dies of a batch, its products are tried one by one."""
        try:
            return await self._ask(questions)
        except BrokenProcessPool:
            await self._replace()
        return [await self._alone(one) for one in questions]

    def end(self) -> None:
        """Waits for the batch that is being answered."""
        self._process.shutdown(cancel_futures=True)

    async def _alone(self, question: Question) -> Answer:
        try:
            return (await self._ask([question]))[0]
        except BrokenProcessPool:
            await self._replace(_FATAL)
            return None

    async def _ask(self, questions: Sequence[Question]) -> list[Answer]:
        await self.ready()
        return await asyncio.wrap_future(self._process.submit(_answer, questions))

    async def _replace(self, why: str = "a worker process has died and is replaced") -> None:
        log_event("error", why)
        await asyncio.to_thread(self.end)
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        self._process = ProcessPoolExecutor(1, fork_server(), _begin)
        self._opened = self._process.submit(_open_model, str(self._folder))


def fork_server() -> BaseContext:
    """How worker processes start; where there can be a fork server, it runs from now on."""
    known = multiprocessing.get_all_start_methods()
    chosen = multiprocessing.get_context(next(one for one in _METHODS if one in known))
    if chosen.get_start_method() == "forkserver":
        _start_server(chosen)
    return chosen


def answers_to(model: Classifier, questions: Sequence[Question]) -> list[Answer]:
    """One answer a question, in their order; a product breaks no other's answer."""
    answers: dict[int, Answer] = {}
    for explain in (False, True):
        rows = [row for row, one in enumerate(questions) if one.explain is explain]
        products = [questions[row].product for row in rows]
        answers |= zip(rows, _answers(model, products, explain), strict=True)
    return [answers[row] for row in range(len(questions))]


def load_warm(folder: str) -> Classifier:
    """The model of a folder with all encoders open, so that the first caller need not wait.

    Raises:
        ModelError: there is no model, or a damaged one.
    """
    from PIL import Image

    from aisle.classifier import Classifier

    model = Classifier.load(folder)
    file = BytesIO()
    Image.new("RGB", (64, 64), "white").save(file, "PNG")
    model.explain([Product("warm", ("a first product",), (file.getvalue(),))])
    return model


def _answers(model: Classifier, products: Sequence[Product], explain: bool) -> Sequence[Answer]:
    if not products:
        return []
    try:
        return model.explain(products) if explain else model.predict(products)
    except Exception as error:
        if len(products) == 1:
            log_trouble("a product could not be answered", error)
            return [None]
        return [one for product in products for one in _answers(model, [product], explain)]


def _start_server(chosen: BaseContext) -> None:
    """Starts it with signals blocked, which it and its children inherit; else they would end it."""
    from multiprocessing.forkserver import ensure_running
    from multiprocessing.resource_tracker import ensure_running as start_tracker

    start_tracker()  # it would lift the block
    chosen.set_forkserver_preload([*_PRELOADED])
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, one) for one in ENDINGS])
    try:
        ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """What a worker process does first."""
    from threadpoolctl import threadpool_limits

    from aisle.parallel import use_cores

    for name in ENDINGS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    log_to_stderr()
    warnings.filterwarnings("ignore", module="PIL")
    use_cores(1)
    threadpool_limits(1)


def _open_model(folder: str) -> None:
    _models[:] = [load_warm(folder)]
    gc.freeze()


def _answer(questions: Sequence[Question]) -> list[Answer]:
    (model,) = _models
    return answers_to(model, questions)


def _end_with_the_parent() -> None:
    """A parent that was killed cannot end its workers."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
