"""`aisle serve` as people start it, to be killed and started again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from live_service import Server

PROGRAM = Path(sys.executable).with_name("aisle")


def start(*arguments: object, port: int = 0) -> Server:
    """A server that is ready; its log is read along."""
    command = [PROGRAM, "serve", *map(str, arguments), "--port", str(port)]
    return Server(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))


def kill(server: Server) -> None:
    """Ends a server as a power cut would."""
    server.process.kill()
    server.process.wait()


@contextmanager
def served(*arguments: object) -> Iterator[Server]:
    """A server for as long as a test needs it."""
    server = start(*arguments)
    try:
        yield server
    finally:
        kill(server)
