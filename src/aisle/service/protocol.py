"""HTTP as the server speaks it before and beside the app: in JSON, and not without end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_INVALID = "the request is no valid HTTP, or its headers are too long"


def speaking_within(seconds: float) -> type[H11Protocol]:
    """The protocol of uvicorn with a limit of time.

    Args:
        seconds: in which the head of a request must have come, and in which a caller who has sent
            all must read on.
    """
    return type("_Timed", (_JsonSpoken,), {"seconds": seconds})


class _JsonSpoken(H11Protocol):
    """Says what is wrong with requests that never reach the app in JSON, as the app does."""

    seconds: ClassVar[float]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol.connection_made`."""
        super().connection_made(transport)
        self._head = _Alarm(self.loop, self.seconds, self._head_is_late)
        self._unread = _Alarm(self.loop, self.seconds, self._nobody_reads)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol.connection_lost`."""
        self._head.stop()
        self._unread.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol.data_received`."""
        super().data_received(data)
        self._watch_head()

    def pause_writing(self) -> None:
        """See `asyncio.BaseProtocol.pause_writing`."""
        super().pause_writing()
        self._unread.start()

    def resume_writing(self) -> None:
        """See `asyncio.BaseProtocol.resume_writing`."""
        self._unread.stop()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """See `H11Protocol.send_400_response`."""
        self._refuse(HTTPStatus.BAD_REQUEST, _INVALID)

    def _should_upgrade(self) -> bool:
        """There are no websockets here; the wish for one is passed over as HTTP allows."""
        return False

    def _watch_head(self) -> None:
        if self.conn.their_state is h11.IDLE:
            self._head.start()
        else:
            self._head.stop()

    def _head_is_late(self) -> None:
        if not self.transport.is_closing():
            sentence = f"the headers did not come within {self.seconds:g} seconds; send them faster"
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, sentence)

    def _nobody_reads(self) -> None:
        """Callers may send all of a request before they read any of the answer, but then must."""
        if self.cycle.more_body:
            self._unread.start()
        else:
            self.transport.abort()

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        reason = status.phrase.encode()
        events = (
            h11.Response(status_code=status, headers=headers, reason=reason),
            h11.Data(data=json.dumps({"error": sentence}).encode()),
            h11.EndOfMessage(),
        )
        self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))
        self.transport.close()


class _Alarm:
    """Calls a function after a time, unless it is stopped before."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, ring: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Sets it, where it is not set already."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._go_off)

    def stop(self) -> None:
        """Takes it back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go_off(self) -> None:
        self._timer = None
        self._ring()
