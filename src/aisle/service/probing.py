"""Whether a store can be reached, found out in bounded time and by one thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future

from aisle.service.logs import log_trouble

_SECONDS = 1.0


class Probe:
    """Asks a store for a sign of life.

    Where the store hangs, all who want to know wait for the same question, each for a bounded time,
    and no second one is asked until it has come back. Its thread does not hold up the end of the
    process.

    Args:
        ask: uses the store, and fails where it cannot be reached.
        seconds: how long a caller waits.
    """

    def __init__(self, ask: Callable[[], object], seconds: float = _SECONDS) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asked: asyncio.Future[bool] | None = None

    async def succeeds(self) -> bool:
        """Whether the store answers in time."""
        asked = self._asked
        if asked is None or asked.done():
            asked = self._asked = self._start()
        await asyncio.wait({asked}, timeout=self._seconds)
        return asked.done() and asked.result()

    def _start(self) -> asyncio.Future[bool]:
        outcome: Future[bool] = Future()
        thread = threading.Thread(target=lambda: outcome.set_result(self._answers()), daemon=True)
        thread.start()
        return asyncio.wrap_future(outcome)

    def _answers(self) -> bool:
        try:
            self._ask()
        except Exception as error:
            log_trouble("a store cannot be reached", error)
            return False
        return True
