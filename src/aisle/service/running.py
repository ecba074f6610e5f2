"""The server process: uvicorn, signals and the log."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import signal
import socket
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from aisle.errors import AisleError, InputError
from aisle.service.api.keys import Keys
from aisle.service.engine import Engine, reload_all
from aisle.service.logs import log_event, log_to_stderr
from aisle.service.protocol import speaking_within
from aisle.service.turnstile import Turnstile

_HEADER_BYTES = 65_536
_KEEP_ALIVE_SECONDS = 65
_BACKLOG = 2_048


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
        about: more of what it stands on, for the line of the log that says where it listens.

    Raises:
        ModelError: there is no model, or a damaged one.
        InputError: the address is taken, or not this machine's.
    """
    log_to_stderr()
    warnings.filterwarnings("ignore", module="PIL")  # catch_warnings leaks between threads
    engine: Engine = app.state.engine
    keys: Keys = app.state.keys
    engine.open()
    if not keys and not is_loopback(host):
        log_event("warning", "open to everyone who reaches this address: no API keys", host=host)
    config = uvicorn.Config(
        Turnstile(app, engine),
        host=host,
        port=port,
        http=speaking_within(engine.pace.seconds),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=engine.pace.grace,
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
    server: uvicorn.Server, listening: socket.socket, engines: Sequence[Engine]
) -> None:
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = asyncio.ensure_future(_reload(engines))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
    await server.serve(sockets=[listening])


async def _reload(engines: Sequence[Engine]) -> None:
    with suppress(AisleError):  # the engines have logged it
        await reload_all(engines)


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
