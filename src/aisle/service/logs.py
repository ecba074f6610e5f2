"""Logs as JSON, one object a line, without what products or callers say."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

LOGGER = logging.getLogger("aisle.service")

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_FRAMES = 6
_LOGGERS = {
    "aisle.service": logging.INFO,
    "asyncio": logging.WARNING,
    "py.warnings": logging.ERROR,
    "python_multipart": logging.CRITICAL,
    "uvicorn.error": logging.WARNING,
}


class JsonFormatter(logging.Formatter):
    """One line of JSON a record: time, level, event, and the fields of `log_event`."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`; traces are left out, since they may quote callers."""
        fields = getattr(record, "fields", {})
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": time, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps(line | fields, ensure_ascii=False, default=str)


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
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames]
    log_event("error", event, error=type(error).__name__, at=places)


def log_to_stderr() -> None:
    """Sends the lines of the service, and warnings of the server, to the standard error.

    What readers of pictures and forms have to say of a caller's bytes is left out.
    """
    logging.captureWarnings(True)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name, level in _LOGGERS.items():
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
