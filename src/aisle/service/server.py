"""The server process: uvicorn, its signals, and HTTP as it speaks it outside the app."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import json
import signal
import socket
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import ClassVar

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from aisle.errors import AisleError, InputError
from aisle.service.api.keys import Keys
from aisle.service.inference.engine import InferenceEngine, reload_all
from aisle.service.middleware import LoadShedder
from aisle.service.observability import log_event, log_to_stderr

_HEADER_BYTES = 65_536
_KEEP_ALIVE_SECONDS = 65
_BACKLOG = 2_048
_INVALID = "the request is no valid HTTP, or its headers are too long"


def run(
    app: FastAPI,
    host: str = "127.0.0.1",
    port: int = 8000,
    about: Mapping[str, str] | None = None,
) -> None:
    """Serves an app until SIGTERM or SIGINT, then answers what it has accepted; SIGHUP reloads.

    Args:
        app: from `make_app`.
        host: the address to listen on.
        port: the port, or 0 for any that is free.
        about: more fields for the line of the log that says where it listens.

    Raises:
        ModelError: there is no model, or a damaged one.
        InputError: the address is taken, or not this machine's.
    """
    log_to_stderr()
    warnings.filterwarnings("ignore", module="PIL")  # catch_warnings leaks between threads
    engine: InferenceEngine = app.state.engine
    keys: Keys = app.state.keys
    engine.open()
    if not keys and not is_loopback(host):
        log_event("warning", "open to everyone who reaches this address: no API keys", host=host)
    config = uvicorn.Config(
        LoadShedder(app, engine),
        host=host,
        port=port,
        http=_protocol(engine.settings.timeout),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=engine.settings.shutdown_timeout,
        h11_max_incomplete_event_size=_HEADER_BYTES,
    )
    with _listen(host, port) as listening:
        address = listening.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        url, port = f"http://{shown}:{address[1]}", address[1]
        name = engine.folder.name
        log_event("info", "listening", url=url, port=port, model=name, **(about or {}))
        for end in (signal.SIGINT, signal.SIGTERM):
            signal.signal(end, _nothing_more)
        gc.freeze()  # what is there stays: to look through it again takes 100 ms each time
        asyncio.run(_serve(uvicorn.Server(config), listening, app.state.engines))


def _nothing_more(*_: object) -> None:
    """What a signal does that uvicorn has obeyed and raises again at its end."""


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", None) or error).partition(" (while")[0]
        raise InputError(f"cannot listen on {host}, port {port}: {reason}") from error
    # asyncio does it only for sockets that name their protocol: 40 ms an answer are lost without
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def _serve(
    server: uvicorn.Server, listening: socket.socket, engines: Sequence[InferenceEngine]
) -> None:
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = asyncio.ensure_future(_reload(engines))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
    await server.serve(sockets=[listening])


async def _reload(engines: Sequence[InferenceEngine]) -> None:
    with suppress(AisleError):  # the engines have logged it
        await reload_all(engines)


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _protocol(seconds: float) -> type[H11Protocol]:
    """The protocol of uvicorn with a time limit.

    Args:
        seconds: in which the head of a request must have come, and in which a caller that has sent
            all must read on.
    """
    return type("_TimedProtocol", (_JsonProtocol,), {"seconds": seconds})


class _JsonProtocol(H11Protocol):
    """Refuses requests that never reach the app in JSON, as the app does."""

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
        """No: there are no websockets, and the wish for one is passed over as HTTP allows."""
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
