"""Around every request: its line in the log, its figures, and an end that callers can read."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aisle.service.api.errors import send_refusal
from aisle.service.logs import log_event, log_trouble
from aisle.service.meters import Meters

_DRAINED_BYTES = 256_000_000
_DRAINED_SECONDS = 20.0
_SILENT_SECONDS = 1.0
_INTERNAL = "the service failed to answer; the failure is in its log"


class Observed:
    """Counts and logs each request; an error that nobody caught becomes a 500 without a trace."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

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
                await send_refusal(observed, 500, _INTERNAL)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            seconds = time.perf_counter() - started
            note_request(self._meters, Noted(route, method, status, size, seconds))


@dataclass(frozen=True)
class Noted:
    """A request that was answered: with how many bytes, after how many seconds."""

    route: str
    method: str
    status: int
    size: int
    seconds: float


def note_request(meters: Meters, noted: Noted) -> None:
    """Counts and logs a request."""
    meters.requests.labels(noted.route, noted.method, str(noted.status)).inc()
    meters.seconds.labels(noted.route).observe(noted.seconds)
    log_event(
        "info",
        "request",
        method=noted.method,
        route=noted.route,
        status=noted.status,
        ms=round(noted.seconds * 1_000, 1),
        bytes=noted.size,
    )


class Drained:
    """Reads what is left of a body before an error is sent.

    A caller that is still sending would otherwise find the connection reset, and not the error; one
    that has fallen silent, or whose connection is to end, is not waited for.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        more = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
        waits = headers.get("expect", "").lower() == "100-continue"

        async def received() -> Message:
            nonlocal more, waits
            message = await receive()
            waits = False
            more = message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def sent(message: Message) -> None:
            if more and not waits and _is_error(message):
                await _drain(receive)
            await send(message)

        await self._app(scope, received, sent)


def _is_error(message: Message) -> bool:
    """Whether an answer begins that refuses a request, and not the whole connection."""
    if message["type"] != "http.response.start" or message["status"] < HTTPStatus.BAD_REQUEST:
        return False
    return Headers(raw=message.get("headers", [])).get("connection") != "close"


async def _drain(receive: Receive) -> None:
    left = _DRAINED_BYTES
    try:
        async with asyncio.timeout(_DRAINED_SECONDS):
            while left > 0:
                message = await asyncio.wait_for(receive(), _SILENT_SECONDS)
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
