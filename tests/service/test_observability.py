"""What the log tells, and what it never tells."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")

from aisle.service.observability import log_event, log_to_stderr, log_trouble

SECRET = "a secret product"
FOREIGN = ["asyncio", "multipart", "sqlalchemy.pool"]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    kept = [(one, one.handlers, one.level, one.propagate) for one in loggers]
    yield
    logging.captureWarnings(False)
    for logger, handlers, level, propagate in kept:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.mark.parametrize("name", FOREIGN)
def test_libraries_are_heard_without_their_words(name: str, capfd) -> None:
    log_to_stderr()
    logging.getLogger(name).error("%s not found", SECRET)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger(name).exception(SECRET)
    printed = capfd.readouterr().err
    assert SECRET not in printed
    said, raised = map(json.loads, printed.splitlines())
    assert (said["level"], said["logger"]) == ("error", name)
    assert raised["error"] == "ValueError"
    assert raised["at"][0].startswith("test_observability.py:")


def test_own_lines_have_their_fields(capfd) -> None:
    log_to_stderr()
    log_event("info", "request", status=200)
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        log_trouble("a request failed", error)
    printed = capfd.readouterr().err
    assert SECRET not in printed
    request, trouble = map(json.loads, printed.splitlines())
    assert (request["event"], request["level"], request["status"]) == ("request", "info", 200)
    assert (trouble["event"], trouble["error"]) == ("a request failed", "ValueError")
