"""Around every request: its log line and figures, and the bounds of its body."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aisle.service.api.errors import RefusedError, gone, overloaded, send_refusal
from aisle.service.inference.engine import InferenceEngine
from aisle.service.observability import Metrics, log_event, log_trouble

_INTERNAL = "the service failed to answer; the failure is in its log"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLASSIFY = "/v1/classify"
_DIGITS = 15
_DRAINED_BYTES = 256_000_000
_DRAINED_SECONDS = 20.0
_SILENT_SECONDS = 1.0


class RequestLog:
    """Counts and logs each request; an error that nobody caught becomes a 500 without a trace."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, size = time.perf_counter(), 0, 0

        async def observed(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, observed)
        except Exception as error:
            log_trouble("a request failed", error)
            if not status:
                await send_refusal(observed, HTTPStatus.INTERNAL_SERVER_ERROR, _INTERNAL)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            seconds = time.perf_counter() - started
            _note(self._metrics, scope, _Answered(route, status, size, seconds))


class LoadShedder:
    """Refuses single products while no more may wait, at a tenth of what other refusals take.

    It reads no body: the server reads what comes of it after the answer. Callers whose connection
    ends with the answer would not get it that way, and take the usual one.
    """

    def __init__(self, app: ASGIApp, engine: InferenceEngine) -> None:
        self._app = app
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] == "http" and scope["path"] == _CLASSIFY and _stays_open(scope):
            try:
                self._engine.check_room()
            except RefusedError as error:
                await self._refuse(error, scope, send)
                return
        await self._app(scope, receive, send)

    async def _refuse(self, error: RefusedError, scope: Scope, send: Send) -> None:
        started = time.perf_counter()
        await send_refusal(send, error.status, str(error), error.headers)
        seconds = time.perf_counter() - started
        answered = _Answered(_CLASSIFY, error.status, len(str(error)), seconds)
        _note(self._engine.metrics, scope, answered)


class MemoryBudget:
    """How many bytes of bodies and pictures are in memory, all requests together.

    Args:
        limit: the most bytes.

    Attributes:
        used: the bytes that are there now.
    """

    def __init__(self, limit: int) -> None:
        self.used = 0
        self._limit = limit

    def take(self, count: int) -> None:
        """Counts bytes in.

        Raises:
            RefusedError: there is no room for them.
        """
        if self.used + count > self._limit:
            raise overloaded("too many large requests are being read")
        self.used += count

    def release(self, count: int) -> None:
        """Counts bytes out."""
        self.used -= count


@dataclass(frozen=True)
class BodyRule:
    """What the bodies of requests under a path may be.

    Attributes:
        path: where the paths begin.
        limit: the most bytes; None for as many as come.
        streamed: whether they are worked on as they come. Then they count for no memory, and may
            take any time, but must not stand still. All others count until they are answered.
    """

    path: str
    limit: int | None
    streamed: bool = False


@dataclass(frozen=True)
class BodyLimits:
    """The bounds of all bodies.

    Attributes:
        rules: the first whose path fits a request counts; a path that none fits has no bound.
        timeout: the seconds in which a body must come, and for which a streamed one may stand
            still.
        bytes_per_second: the slowest that a streamed one may come in the long run.
    """

    rules: Sequence[BodyRule]
    timeout: float
    bytes_per_second: int


class BodyGuard:
    """Bounds what the body of a request takes: bytes, memory of all requests together, and time.

    What is left of a body is read before an error is sent. A caller that is still sending would
    otherwise find the connection reset, and not the error; one that has fallen silent, or whose
    connection is to end, is not waited for.
    """

    def __init__(self, app: ASGIApp, limits: BodyLimits, budget: MemoryBudget) -> None:
        self._app = app
        self._limits = limits
        self._budget = budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        rules = self._limits.rules if scope["type"] == "http" else ()
        rule = next((one for one in rules if scope["path"].startswith(one.path)), None)
        if rule is None:
            await self._app(scope, receive, send)
            return
        body = _Body(Headers(scope=scope), receive, rule, self._limits, self._budget)

        async def sent(message: Message) -> None:
            if _is_error(message):
                await body.drain()
            await send(message)

        try:
            await self._app(scope, body.receive, sent)
        finally:
            body.release()


class _Body:
    """A body as the app receives it, one message after the other."""

    def __init__(
        self,
        headers: Headers,
        receive: Receive,
        rule: BodyRule,
        limits: BodyLimits,
        budget: MemoryBudget,
    ) -> None:
        declared = headers.get("content-length", "0")
        self._declared = declared if declared.isdecimal() else "0"
        self._more = "transfer-encoding" in headers or declared != "0"
        self._unasked = headers.get("expect", "").lower() == "100-continue"
        self._receive = receive
        self._rule = rule
        self._limits = limits
        self._budget = budget
        self._left = limits.timeout
        self._size = 0

    async def receive(self) -> Message:
        """The next message.

        Raises:
            RefusedError: the body is too large or too slow, there is no memory for it, or the
                caller has gone before its end.
        """
        if not self._more:
            return await self._receive()
        self._check_declared()
        self._unasked = False
        message = await self._in_time(self._receive())
        self._more = message["type"] == "http.request" and message.get("more_body", False)
        if message["type"] == "http.disconnect":
            raise gone()
        self._count(len(message.get("body", b"")))
        return message

    async def drain(self) -> None:
        """Reads what is left, within bounds of its own."""
        if not self._more or self._unasked:
            return
        left = _DRAINED_BYTES
        try:
            async with asyncio.timeout(_DRAINED_SECONDS):
                while self._more and left > 0:
                    message = await asyncio.wait_for(self._receive(), _SILENT_SECONDS)
                    self._more = message.get("more_body", False)
                    left -= len(message.get("body", b""))
        except TimeoutError:
            return

    def release(self) -> None:
        """Gives the memory back."""
        if not self._rule.streamed:
            self._budget.release(self._size)

    def _check_declared(self) -> None:
        limit = self._rule.limit
        if limit is not None and (len(self._declared) > _DIGITS or int(self._declared) > limit):
            raise _too_large(limit)

    def _count(self, size: int) -> None:
        limit = self._rule.limit
        if limit is not None and self._size + size > limit:
            raise _too_large(limit)
        if self._rule.streamed:
            earned = self._left + size / self._limits.bytes_per_second
            self._left = min(self._limits.timeout, earned)
        else:
            self._budget.take(size)
        self._size += size

    async def _in_time(self, coming: Awaitable[Message]) -> Message:
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._left):
                return await coming
        except TimeoutError as error:
            raise self._too_slow() from error
        finally:
            self._left -= time.monotonic() - started

    def _too_slow(self) -> RefusedError:
        seconds = self._limits.timeout
        if not self._rule.streamed:
            sentence = f"the body did not come within {seconds:g} seconds; send it faster, or less"
            return RefusedError(HTTPStatus.REQUEST_TIMEOUT, sentence)
        sentence = (
            f"the body came more slowly than {self._limits.bytes_per_second:,} bytes a second"
            f" for {seconds:g} seconds; send it again, faster"
        )
        return RefusedError(HTTPStatus.REQUEST_TIMEOUT, sentence, {"Connection": "close"})


@dataclass(frozen=True)
class _Answered:
    route: str
    status: int
    size: int
    seconds: float


def _note(metrics: Metrics, scope: Scope, answered: _Answered) -> None:
    """Counts and logs a request."""
    method = scope["method"] if scope["method"] in _METHODS else "other"
    metrics.requests.labels(answered.route, method, str(answered.status)).inc()
    metrics.seconds.labels(answered.route).observe(answered.seconds)
    log_event(
        "info",
        "request",
        method=method,
        route=answered.route,
        status=answered.status,
        ms=round(answered.seconds * 1_000, 1),
        bytes=answered.size,
    )


def _stays_open(scope: Scope) -> bool:
    """Whether the connection stays open after the answer."""
    headers = scope["headers"]
    return (
        scope["method"] == "POST"
        and scope["http_version"] == "1.1"
        and not any(key == b"connection" and b"close" in value.lower() for key, value in headers)
    )


def _is_error(message: Message) -> bool:
    """Whether an answer begins that refuses a request, and not the whole connection."""
    if message["type"] != "http.response.start" or message["status"] < HTTPStatus.BAD_REQUEST:
        return False
    return Headers(raw=message.get("headers", [])).get("connection") != "close"


def _too_large(limit: int) -> RefusedError:
    sentence = f"the body has more than {limit} bytes; send less in one request"
    return RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
