"""The server process: uvicorn, signals and the log."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import signal
import socket
from contextlib import suppress

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from aisle.errors import AisleError, InputError
from aisle.service.engine import Engine
from aisle.service.keys import Keys
from aisle.service.logs import log_event, log_to_stderr

_HEADER_BYTES = 65_536
_KEEP_ALIVE_SECONDS = 65
_BACKLOG = 2_048


def run(app: FastAPI, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serves an app until SIGTERM or SIGINT, then answers what it has accepted; SIGHUP reloads.

    Args:
        app: from `make_app`.
        host: the address to listen on.
        port: the port, or 0 for any that is free.

    Raises:
        ModelError: there is no model, or a damaged one.
        InputError: the address is taken, or not this machine's.
    """
    log_to_stderr()
    engine: Engine = app.state.engine
    keys: Keys = app.state.keys
    engine.open()
    if not keys and not _is_local(host):
        log_event("warning", "open to everyone who reaches this address: no API keys", host=host)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_JsonSpoken,
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
        log_event("info", "listening", host=address[0], port=address[1], model=engine.folder.name)
        asyncio.run(_serve(uvicorn.Server(config), listening, engine))


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


async def _serve(server: uvicorn.Server, listening: socket.socket, engine: Engine) -> None:
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = asyncio.ensure_future(_reload(engine))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
    await server.serve(sockets=[listening])


async def _reload(engine: Engine) -> None:
    with suppress(AisleError):  # the engine has logged it
        await engine.reload()


class _JsonSpoken(H11Protocol):
    """Says what is wrong with requests that are no HTTP in JSON, as the app does."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """See `H11Protocol.send_400_response`."""
        body = json.dumps({"error": "the request is no valid HTTP, or its headers are too long"})
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        events = (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=body.encode()),
            h11.EndOfMessage(),
        )
        self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))
        self.transport.close()


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
