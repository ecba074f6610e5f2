"""A caller who sends a little every now and then, and would go on for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PAUSE = 0.05


@contextmanager
def trickling(caller: socket.socket, piece: bytes) -> Iterator[None]:
    """Sends the piece again and again until the end of the context, or until nobody takes it."""
    enough = threading.Event()

    def send() -> None:
        with suppress(OSError):
            while not enough.wait(_PAUSE):
                caller.sendall(piece)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        enough.set()
        sender.join()
