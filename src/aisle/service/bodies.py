"""Bodies of requests, read within limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from aisle.service.refusals import GONE, RefusedError, overloaded

_DIGITS = 15
_Answer = TypeVar("_Answer")


class Held:
    """How many bytes of bodies are in memory, all requests together.

    Args:
        most: so many may be.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.now = 0

    def take(self, count: int) -> None:
        """Counts bytes in.

        Raises:
            RefusedError: there is no room for them.
        """
        if self.now + count > self.most:
            raise overloaded("too many large requests are being read")
        self.now += count

    def release(self, count: int) -> None:
        """Counts bytes out."""
        self.now -= count


@asynccontextmanager
async def whole_body(request: Request, most: int, seconds: float) -> AsyncIterator[bytes]:
    """The body, counted as held while it is worked on.

    Args:
        request: one whose body has not been read.
        most: bytes that it may have.
        seconds: in which it must come.

    Raises:
        RefusedError: it is too large, whether or not its length was told, or comes too slowly.
    """
    held: Held = request.app.state.held
    told = request.headers.get("content-length", "")
    if told.isdecimal() and (len(told) > _DIGITS or int(told) > most):
        raise _too_large(most)
    body = bytearray()
    try:
        await _in_time(_read_into(body, request, most, held), seconds)
        yield bytes(body)
    finally:
        held.release(len(body))


async def body_chunks(request: Request, seconds: float) -> AsyncIterator[bytes]:
    """The body as it comes in; each piece in time, however long all of them take.

    Raises:
        TimeoutError: nothing came for so many seconds.
        ClientDisconnect: the caller has gone.
    """
    stream = request.stream()
    while True:
        async with asyncio.timeout(seconds):
            chunk = await anext(stream, None)
        if chunk is None:
            return
        yield chunk


async def _read_into(body: bytearray, request: Request, most: int, held: Held) -> None:
    try:
        async for chunk in request.stream():
            if len(body) + len(chunk) > most:
                raise _too_large(most)
            held.take(len(chunk))
            body += chunk
    except ClientDisconnect as error:
        raise _gone() from error


async def _in_time(reading: Coroutine[Any, Any, None], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await reading
    except TimeoutError as error:
        sentence = f"the body did not come within {seconds:g} seconds; send it faster, or less"
        raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, sentence) from error


async def unless_gone(request: Request, work: Coroutine[Any, Any, _Answer]) -> _Answer:
    """What the work comes to; it is cancelled when the caller hangs up.

    Args:
        request: one whose body has been read.
        work: what is being done for it.

    Raises:
        RefusedError: the caller has gone.
    """
    job = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_departure(request))
    try:
        await asyncio.wait({job, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise _gone()
        return job.result()
    finally:
        for task in (job, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _departure(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _too_large(most: int) -> RefusedError:
    sentence = f"the body has more than {most} bytes; send less in one request"
    return RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)


def _gone() -> RefusedError:
    return RefusedError(GONE, "the caller has gone")
