"""Bodies of requests, read within limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from aisle.service.api.errors import GONE, RefusedError, malformed, overloaded, unsupported

LEAST_PACE = 1_000
"""Bytes a second that a caller must send in the long run."""

_DIGITS = 15
_JSON_BYTES = 4_000_000
_JSON_TYPES = ("", "application/json")
_Body = TypeVar("_Body", bound=BaseModel)
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


async def read_json(request: Request, model: type[_Body]) -> _Body:
    """A small body of JSON; none at all is an object without fields.

    Raises:
        RefusedError: it is too large, of another type, no JSON, or says something else.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _JSON_TYPES:
        raise unsupported("application/json")
    async with whole_body(request, _JSON_BYTES, request.app.state.engine.pace.seconds) as body:
        try:
            return model.model_validate_json(body or b"{}")
        except ValidationError as error:
            raise malformed(error) from error


class Patience:
    """How long the rest of a body is waited for.

    Patience is used up by waiting and restored by what comes, a second by each `LEAST_PACE` bytes:
    a caller may fall silent, or be slow, but not for long.

    Args:
        seconds: how long at first, and at most.
    """

    def __init__(self, seconds: float) -> None:
        self._most = seconds
        self._left = seconds

    async def wait(self, coming: Awaitable[_Answer]) -> _Answer:
        """What comes.

        Raises:
            RefusedError: the patience is used up.
        """
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._left):
                return await coming
        except TimeoutError as error:
            raise _too_slow(self._most) from error
        finally:
            self._left -= time.monotonic() - started

    def restore(self, size: int) -> None:
        """Takes note of so many bytes that came."""
        self._left = min(self._most, self._left + size / LEAST_PACE)


async def body_chunks(request: Request, seconds: float) -> AsyncIterator[bytes]:
    """The body as it comes in, however long all of it takes.

    Args:
        request: one whose body has not been read.
        seconds: see `Patience`.

    Raises:
        RefusedError: it comes too slowly.
        ClientDisconnect: the caller has gone.
    """
    patience, stream = Patience(seconds), request.stream()
    while (chunk := await patience.wait(anext(stream, None))) is not None:
        patience.restore(len(chunk))
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


def _too_slow(seconds: float) -> RefusedError:
    sentence = (
        f"the body came more slowly than {LEAST_PACE:,} bytes a second for {seconds:g} seconds;"
        " send it again, faster"
    )
    return RefusedError(HTTPStatus.REQUEST_TIMEOUT, sentence, {"Connection": "close"})


def _gone() -> RefusedError:
    return RefusedError(GONE, "the caller has gone")
