"""Child processes that answer beside each other; one that dies is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from aisle.service import child
from aisle.service.answering import Answer, Question
from aisle.service.forking import context
from aisle.service.logs import log_event

_ENDS = "a product could not be answered: it ends the process that works on it"


class Crew:
    """Processes with the model of a folder, each answering a group at a time.

    They start at once and load beside each other and beside whatever the caller does.

    Args:
        folder: the model folder; it must stay, since a child that dies is replaced from there.
        size: how many processes.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._children = [_Child(folder) for _ in range(size)]
        self._free: asyncio.LifoQueue[_Child] = asyncio.LifoQueue()
        for one in self._children:
            self._free.put_nowait(one)

    async def ready(self) -> None:
        """Waits until all have opened the model.

        Raises:
            ModelError: there is no model, or a damaged one.
        """
        await asyncio.gather(*(one.ready() for one in self._children))

    async def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """One answer a question, in their order, by a child that is free.

        Raises:
            ModelError: the child has died, and the folder holds no model any more.
        """
        one = await self._free.get()
        try:
            return await one.answers(questions)
        finally:
            self._free.put_nowait(one)

    async def close(self) -> None:
        """Ends the processes, each after the group that it is answering."""
        for _ in self._children:
            one = await self._free.get()
            await asyncio.to_thread(one.end)

    def dismiss(self) -> None:
        """Ends the processes where nothing was asked yet."""
        for one in self._children:
            one.end()


class _Child:
    """A process, and its successors."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._start()

    async def ready(self) -> None:
        """Waits for the model; a child that dies before it is there gets one more try."""
        try:
            await asyncio.shield(asyncio.wrap_future(self._opened))
        except BrokenProcessPool:
            await self._replace()
            await asyncio.wrap_future(self._opened)

    async def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers; where the child dies of a group, its products are tried one by one."""
        try:
            return await self._ask(questions)
        except BrokenProcessPool:
            await self._replace()
        return [await self._alone(one) for one in questions]

    def end(self) -> None:
        """Waits for the group that is being answered."""
        self._process.shutdown(cancel_futures=True)

    async def _alone(self, question: Question) -> Answer:
        try:
            return (await self._ask([question]))[0]
        except BrokenProcessPool:
            await self._replace(_ENDS)
            return None

    async def _ask(self, questions: Sequence[Question]) -> list[Answer]:
        await self.ready()
        return await asyncio.wrap_future(self._process.submit(child.answer, questions))

    async def _replace(self, why: str = "a child process has died and is replaced") -> None:
        log_event("error", why)
        await asyncio.to_thread(self.end)
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        self._process = ProcessPoolExecutor(1, context(), child.begin)
        self._opened = self._process.submit(child.open_model, str(self._folder))
