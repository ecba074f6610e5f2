"""JSON Lines in, JSON Lines out: answered while the body is still coming in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import closing

from fastapi import Request, Response
from pydantic_core import from_json
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from aisle.schema import Prediction
from aisle.service.answering import Question
from aisle.service.answers import failed, to_json
from aisle.service.api.errors import RefusedError, overloaded
from aisle.service.bodies import body_chunks
from aisle.service.engine import Engine
from aisle.service.fetching import fetched_for
from aisle.service.lines import Line, ReadAhead, split_lines
from aisle.service.logs import log_event
from aisle.service.products import Fetched, parts_of_json, to_product
from aisle.service.settings import Limits
from aisle.service.spool import Spool

MEDIA_TYPE = "application/x-ndjson"


class Streams:
    """The streams that are being answered, of which there may be so many.

    Args:
        most: so many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = 0

    def __enter__(self) -> None:
        if self._now >= self._most:
            raise overloaded(f"{self._now} streams are being answered already", seconds=10)
        self._now += 1

    def __exit__(self, *_: object) -> None:
        self._now -= 1


class LinesResponse(Response):
    """One answer a line, in the order of the lines.

    Reading, answering and sending run beside each other, each waiting for the next where it is
    slower, so that memory does not grow with the length of the stream.
    """

    def __init__(self, request: Request, engine: Engine, limits: Limits, streams: Streams) -> None:
        super().__init__(media_type=MEDIA_TYPE)
        del self.headers["content-length"]
        self._request = request
        self._engine = engine
        self._limits = limits
        self._streams = streams
        self._seconds = engine.pace.seconds
        self._last: Prediction | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """See the ASGI specification."""
        with self._streams, closing(Spool(self._seconds)) as spool:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            ahead = ReadAhead()
            sender = asyncio.create_task(self._send(send, spool, ahead))
            helpers = [
                asyncio.create_task(self._read(ahead)),
                asyncio.create_task(self._answer(ahead, spool)),
            ]
            await _to_the_end(sender, helpers)

    async def _read(self, ahead: ReadAhead) -> None:
        """Fills the lines ahead, then stays until the caller leaves."""
        await ahead.fill(self._lines())
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        raise ClientDisconnect

    async def _lines(self) -> AsyncIterator[Line]:
        """The lines; where they come too slowly, those that came, and a last word on the rest."""
        number = 0
        try:
            chunks = body_chunks(self._request, self._seconds)
            async for line in split_lines(chunks, self._limits.body_bytes):
                number = line.number
                yield line
        except RefusedError as error:
            self._last = failed(str(number + 1), str(error))

    async def _answer(self, ahead: ReadAhead, spool: Spool) -> None:
        while lines := await ahead.take(self._engine.pace.together):
            for answer in await self._answers(lines):
                self._engine.meters.decisions.labels(answer.decision, answer.status).inc()
                await spool.write(to_json(answer) + b"\n")
        if self._last is not None:
            await spool.write(to_json(self._last) + b"\n")
        await spool.finish()

    async def _answers(self, lines: Sequence[Line]) -> list[Prediction]:
        async with fetched_for(self._request, [one.content or b"" for one in lines]) as fetched:
            return await self._answers_to(lines, fetched)

    async def _answers_to(self, lines: Sequence[Line], fetched: Fetched) -> list[Prediction]:
        read = await asyncio.to_thread(
            lambda: [_read_line(line, self._limits, fetched) for line in lines]
        )
        questions = [one for one in read if isinstance(one, Question)]
        outcomes = iter(await self._engine.classify_all(questions))
        answers = []
        for one in read:
            outcome = next(outcomes) if isinstance(one, Question) else one
            if isinstance(outcome, Exception):
                assert isinstance(one, Question)
                outcome = failed(one.product.id, "the product could not be answered")
            answers.append(outcome)
        return answers

    async def _send(self, send: Send, spool: Spool, ahead: ReadAhead) -> None:
        while data := await spool.read():
            message = {"type": "http.response.body", "body": data, "more_body": True}
            await self._patiently(send, message, ahead)
        if self._last is not None:
            raise TimeoutError  # without its end the answer is known to be cut off
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _patiently(self, send: Send, message: Message, ahead: ReadAhead) -> None:
        """A caller may read nothing until he has sent all, but then he must read."""
        sending = asyncio.ensure_future(send(message))
        try:
            while not sending.done():
                await asyncio.wait({sending}, timeout=self._seconds)
                if not sending.done() and ahead.ended:
                    raise TimeoutError
            sending.result()
        finally:
            sending.cancel()


async def _to_the_end(sender: asyncio.Task[None], helpers: Sequence[asyncio.Task[None]]) -> None:
    """Waits until all is sent, or something goes wrong, and ends all tasks."""
    tasks = {sender, *helpers}
    try:
        while not sender.done():
            done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done if sender not in done else [sender]:
                task.result()
    except (ClientDisconnect, TimeoutError) as error:
        log_event("warning", "a stream was cut off", why=type(error).__name__)
    finally:
        for task in (sender, *helpers):
            task.cancel()
        await asyncio.gather(sender, *helpers, return_exceptions=True)


def _read_line(line: Line, limits: Limits, fetched: Fetched) -> Question | Prediction:
    if line.content is None:
        return failed(str(line.number), f"the line has more than {limits.body_bytes} bytes")
    if not line.content.strip():
        return failed(str(line.number), "the line is empty")
    try:
        parts = parts_of_json(line.content, limits, fetched)
        return Question(to_product(parts, str(line.number), limits))
    except RefusedError as error:
        return failed(_key_of(line.content, line.number), str(error))


def _key_of(content: bytes, number: int) -> str:
    """The id in a line that cannot be answered, where that can be read; else its number."""
    try:
        key = from_json(content).get("id")
    except (ValueError, AttributeError):
        key = None
    return str(key) if isinstance(key, str | int) else str(number)
