"""Ctrl-C ends a long command within a second, whatever the process is busy with."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

STOPPED = 130
"""The exit code of a command that was stopped."""

MESSAGE = "aisle: stopped; run the same command again to continue"

_GRACE = 0.7


@contextmanager
def prompt_interruption(grace: float = _GRACE) -> Iterator[None]:
    """Ends the process `grace` seconds after Ctrl-C where the block has not ended by then.

    Python handles a signal between two steps of the main thread only, and a solver or a thread
    pool may keep it from the next one for long. Here a second thread sees the signal at once.
    Outside of the main thread nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ended = threading.Event()
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(reader, ended, grace), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        signal.set_wakeup_fd(before)
        writer.close()
        watcher.join()
        reader.close()


def _watch(reader: socket.socket, ended: threading.Event, grace: float) -> None:
    """Waits for Ctrl-C; the other end is closed when the block has ended."""
    while signals := reader.recv(16):
        if signal.SIGINT in signals and not ended.wait(grace):
            click.echo(f"\n{MESSAGE}", err=True)
            os._exit(STOPPED)
