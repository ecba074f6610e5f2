"""JSON Lines in, JSON Lines out: answered while the body is still coming in."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from tempfile import SpooledTemporaryFile

from fastapi import Request, Response
from pydantic_core import from_json
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from aisle.schema import Decision, Prediction, Status
from aisle.service.api.errors import GONE, RefusedError, overloaded
from aisle.service.api.intake import Fetched, raw_of_json, to_product
from aisle.service.api.schemas import LINES
from aisle.service.fetching import fetched_for
from aisle.service.inference.engine import InferenceEngine
from aisle.service.inference.workers import Question
from aisle.service.observability import log_event
from aisle.service.settings import Limits

_AHEAD_LINES = 64
_AHEAD_BYTES = 64_000_000
_SPOOLED_IN_MEMORY = 1_000_000
_SENT_BYTES = 256_000


@dataclass(frozen=True)
class Line:
    """One line of a body.

    Attributes:
        number: from 1 on.
        content: its bytes, or None where it is longer than allowed.
    """

    number: int
    content: bytes | None

    @property
    def size(self) -> int:
        """How many bytes it holds in memory."""
        return len(self.content or b"")


async def split_lines(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[Line]:
    """The lines of a body as they come in, none held longer than `most` bytes."""
    number, rest, too_long = 0, bytearray(), False
    async for chunk in chunks:
        *ends, tail = chunk.split(b"\n")
        for end in ends:
            number += 1
            too_long = too_long or len(rest) + len(end) > most
            yield Line(number, None if too_long else bytes(rest) + end)
            rest.clear()
            too_long = False
        too_long = too_long or len(rest) + len(tail) > most
        if too_long:
            rest.clear()
        else:
            rest += tail
    if too_long or rest:
        yield Line(number + 1, None if too_long else bytes(rest))


class StreamSlots:
    """Bounds how many streams are answered at once; a context manager for one stream.

    Args:
        limit: the most streams.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0

    def __enter__(self) -> None:
        if self._used >= self._limit:
            raise overloaded(f"{self._used} streams are being answered already", seconds=10)
        self._used += 1

    def __exit__(self, *_: object) -> None:
        self._used -= 1


class LinesResponse(Response):
    """One answer a line, in the order of the lines.

    Reading, answering and sending run at the same time, each waiting for the next where it is
    slower, so that memory does not grow with the length of the stream.
    """

    def __init__(
        self, request: Request, engine: InferenceEngine, limits: Limits, slots: StreamSlots
    ) -> None:
        super().__init__(media_type=LINES)
        del self.headers["content-length"]
        self._request = request
        self._engine = engine
        self._limits = limits
        self._slots = slots
        self._timeout = engine.settings.timeout
        self._last: Prediction | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """See the ASGI specification."""
        with self._slots, closing(Spool(self._timeout, self._limits.spool_bytes)) as spool:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            ahead = _ReadAhead()
            sender = asyncio.create_task(self._send(send, spool, ahead))
            helpers = [
                asyncio.create_task(self._read(ahead)),
                asyncio.create_task(self._answer(ahead, spool)),
            ]
            await _to_the_end(sender, helpers)

    async def _read(self, ahead: _ReadAhead) -> None:
        """Fills the lines ahead, then stays until the caller leaves."""
        await ahead.fill(self._lines())
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        raise ClientDisconnect

    async def _lines(self) -> AsyncIterator[Line]:
        """The lines; where they come too slowly, those that came, and a last word on the rest."""
        number = 0
        try:
            async for line in split_lines(self._request.stream(), self._limits.body_bytes):
                number = line.number
                yield line
        except RefusedError as error:
            if error.status == GONE:
                raise ClientDisconnect from error
            self._last = failed(str(number + 1), str(error))

    async def _answer(self, ahead: _ReadAhead, spool: Spool) -> None:
        while lines := await ahead.take(self._engine.settings.batch_size):
            for answer in await self._answers(lines):
                self._engine.metrics.decisions.labels(answer.decision, answer.status).inc()
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
        outcomes = iter(await self._engine.predict_all(questions))
        answers = []
        for one in read:
            outcome = next(outcomes) if isinstance(one, Question) else one
            if isinstance(outcome, Exception):
                assert isinstance(one, Question)
                outcome = failed(one.product.id, "the product could not be answered")
            answers.append(outcome)
        return answers

    async def _send(self, send: Send, spool: Spool, ahead: _ReadAhead) -> None:
        while data := await spool.read():
            message = {"type": "http.response.body", "body": data, "more_body": True}
            await self._send_in_time(send, message, ahead)
        if self._last is not None:
            raise TimeoutError  # without its end the answer is known to be cut off
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_in_time(self, send: Send, message: Message, ahead: _ReadAhead) -> None:
        """A caller may read nothing until all is sent, but then must read."""
        sending = asyncio.ensure_future(send(message))
        try:
            while not sending.done():
                await asyncio.wait({sending}, timeout=self._timeout)
                if not sending.done() and ahead.ended:
                    raise TimeoutError
            sending.result()
        finally:
            sending.cancel()


class Spool:
    """Bytes in at one end, out at the other; what does not fit into memory goes to a nameless file.

    Many HTTP clients send all of a request before they read any of the answer. Without this a long
    stream would stop halfway, each side waiting for the other.

    Args:
        seconds: how long a full spool waits for its reader.
        limit: the most bytes that wait for the reader.
    """

    def __init__(self, seconds: float, limit: int) -> None:
        self._seconds = seconds
        self._limit = limit
        self._file = SpooledTemporaryFile[bytes](_SPOOLED_IN_MEMORY)
        self._read = 0
        self._written = 0
        self._finished = False
        self._changed = asyncio.Condition()

    async def write(self, data: bytes) -> None:
        """Takes bytes, and waits where too many are left to read.

        Raises:
            TimeoutError: nobody reads.
        """
        async with self._changed:
            async with asyncio.timeout(self._seconds):
                await self._changed.wait_for(lambda: self._written - self._read < self._limit)
            self._file.seek(self._written)
            self._file.write(data)
            self._written += len(data)
            self._changed.notify_all()

    async def finish(self) -> None:
        """Says that nothing more will be written."""
        async with self._changed:
            self._finished = True
            self._changed.notify_all()

    async def read(self) -> bytes:
        """The next bytes, as soon as there are some; none at the end."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._finished or self._read < self._written)
            self._file.seek(self._read)
            data = self._file.read(_SENT_BYTES)
            self._read += len(data)
            if self._read == self._written:
                self._file.seek(0)
                self._file.truncate()
                self._read = self._written = 0
            self._changed.notify_all()
            return data

    def close(self) -> None:
        """Gives the space back."""
        self._file.close()


class _ReadAhead:
    """Lines that were read and not yet answered: a bounded number of a bounded size."""

    def __init__(self) -> None:
        self.ended = False
        self._lines: deque[Line] = deque()
        self._bytes = 0
        self._changed = asyncio.Condition()

    async def fill(self, lines: AsyncIterator[Line]) -> None:
        """Reads lines to their end, waiting where there is no room for more."""
        async for line in lines:
            async with self._changed:
                await self._changed.wait_for(lambda: self._has_room)
                self._lines.append(line)
                self._bytes += line.size
                self._changed.notify_all()
        async with self._changed:
            self.ended = True
            self._changed.notify_all()

    async def take(self, most: int) -> list[Line]:
        """The next lines that are there, one at least; none at the end."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._lines or self.ended)
            taken = [self._lines.popleft() for _ in range(min(most, len(self._lines)))]
            self._bytes -= sum(line.size for line in taken)
            self._changed.notify_all()
            return taken

    @property
    def _has_room(self) -> bool:
        return len(self._lines) < _AHEAD_LINES and self._bytes < _AHEAD_BYTES


def to_json(answer: Prediction) -> bytes:
    """An answer as one JSON object without line breaks; paths are lists of names."""
    return json.dumps(asdict(answer), ensure_ascii=False, allow_nan=False).encode()


def failed(key: str, error: str) -> Prediction:
    """What stands in the place of an answer to a line that has none."""
    return Prediction(key, None, 0.0, (), (), Decision.REVIEW, error, (), Status.FAILED, error)


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
        raw = raw_of_json(line.content, limits, fetched)
        return Question(to_product(raw, str(line.number), limits))
    except RefusedError as error:
        return failed(_key_of(line.content, line.number), str(error))


def _key_of(content: bytes, number: int) -> str:
    """The id in a line that cannot be answered, where that can be read; else its number."""
    try:
        key = from_json(content).get("id")
    except (ValueError, AttributeError):
        key = None
    return str(key) if isinstance(key, str | int) else str(number)
