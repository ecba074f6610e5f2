"""What whoever runs the service sees: the log, the metrics, and whether its store answers.

The log is JSON, one object a line, without what products or callers say.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

LOGGER = logging.getLogger("aisle.service")

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_FRAMES = 6
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_BATCH = (1, 2, 4, 8, 16, 32, 64)
_OWN = {"aisle.service": logging.INFO, "uvicorn.error": logging.WARNING}
_FOREIGN = {
    "": logging.WARNING,
    "PIL": logging.CRITICAL,
    "asyncio": logging.WARNING,
    "py.warnings": logging.ERROR,
    "python_multipart": logging.CRITICAL,
}


class JsonFormatter(logging.Formatter):
    """One line of JSON a record: time, level, event, and the fields of `log_event`."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`; traces are left out, since they may quote callers."""
        return _line(record, record.getMessage(), getattr(record, "fields", {}))


class ForeignFormatter(logging.Formatter):
    """One line of JSON for a record of a library, whose message and trace may quote callers.

    It names only the logger, the kind of an error and its places in the code.
    """

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        error = record.exc_info[1] if record.exc_info else None
        places = [f"{record.filename}:{record.lineno} {record.funcName}"]
        fields: dict[str, object] = {"logger": record.name, "at": places}
        if error is not None:
            fields |= _origin(error)
        return _line(record, "a library reports trouble", fields)


def log_event(level: str, event: str, **fields: object) -> None:
    """Writes one line.

    Args:
        level: info, warning or error.
        event: what happened.
        fields: more of it, nothing of which a caller wrote.
    """
    LOGGER.log(_LEVELS[level], "%s", event, extra={"fields": fields})


def log_trouble(event: str, error: BaseException) -> None:
    """Writes where an error comes from, without its message, which may quote a product."""
    log_event("error", event, **_origin(error))


def log_to_stderr() -> None:
    """Sends the lines of the service and the server to the standard error, and a hint of others'.

    What readers of pictures and forms have to say of a caller's bytes is left out.
    """
    logging.captureWarnings(True)
    for levels, formatter in ((_OWN, JsonFormatter()), (_FOREIGN, ForeignFormatter())):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(formatter)
        for name, level in levels.items():
            logger = logging.getLogger(name)
            logger.handlers = [handler]
            logger.setLevel(level)
            logger.propagate = False


class Metrics:
    """The figures of one service, in a registry of its own, as Prometheus reads them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "aisle_requests", "Requests.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "aisle_request_seconds",
            "How long requests took.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.batches = Histogram(
            "aisle_batch_products",
            "How many products were answered together.",
            buckets=_BATCH,
            registry=self.registry,
        )
        self.waiting = Gauge(
            "aisle_queue_products", "Products that wait for an answer.", registry=self.registry
        )
        self.decisions = Counter(
            "aisle_decisions", "Answers.", ("decision", "status"), registry=self.registry
        )
        self.reloads = Counter(
            "aisle_model_reloads", "Loads of the model.", ("result",), registry=self.registry
        )

    def text(self) -> bytes:
        """All figures in the format that Prometheus reads."""
        return generate_latest(self.registry)


class StoreProbe:
    """Asks a store for a sign of life.

    Where the store hangs, all who want to know wait for the same question, each for a bounded time,
    and no second one is asked until it has come back. Its thread does not hold up the end of the
    process.

    Args:
        ask: uses the store, and fails where it cannot be reached.
        seconds: how long a caller waits.
    """

    def __init__(self, ask: Callable[[], object], seconds: float = 1.0) -> None:
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


def _origin(error: BaseException) -> dict[str, object]:
    """The kind of an error, and the last places in the code that it came through."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames]
    return {"error": type(error).__name__, "at": places}


def _line(record: logging.LogRecord, event: str, fields: Mapping[str, object]) -> str:
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    line = {"time": time, "level": record.levelname.lower(), "event": event}
    return json.dumps(line | dict(fields), ensure_ascii=False, default=str)
