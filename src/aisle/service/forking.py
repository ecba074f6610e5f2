"""How child processes start: quickly, from a server that has imported what they need."""

from __future__ import annotations

import multiprocessing
import signal
from multiprocessing.context import BaseContext

_METHODS = ("forkserver", "spawn")
_PRELOADED = "aisle.service.child"
ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that end or reload the service; they may come to all its processes, and one obeys."""


def context() -> BaseContext:
    """Of `multiprocessing`; where there is a fork server, it runs from now on."""
    known = multiprocessing.get_all_start_methods()
    chosen = multiprocessing.get_context(next(one for one in _METHODS if one in known))
    if chosen.get_start_method() == "forkserver":
        _start_server(chosen)
    return chosen


def _start_server(chosen: BaseContext) -> None:
    """Starts it with signals blocked, which it and its children inherit; else they would end it."""
    from multiprocessing.forkserver import ensure_running
    from multiprocessing.resource_tracker import ensure_running as start_tracker

    start_tracker()  # it would lift the block
    chosen.set_forkserver_preload([_PRELOADED])
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, one) for one in ENDINGS])
    try:
        ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
