"""Logs as JSON, one object a line, without what products or callers say."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

LOGGER = logging.getLogger("aisle.service")

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_FRAMES = 6
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

    Only the logger, the kind of an error and its places in the code are told.
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


def _origin(error: BaseException) -> dict[str, object]:
    """The kind of an error, and the last places in the code that it came through."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames]
    return {"error": type(error).__name__, "at": places}


def _line(record: logging.LogRecord, event: str, fields: Mapping[str, object]) -> str:
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    line = {"time": time, "level": record.levelname.lower(), "event": event}
    return json.dumps(line | dict(fields), ensure_ascii=False, default=str)
