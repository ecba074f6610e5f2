"""What the service does not do, as HTTP says it: a status and one clear sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.types import Send

from aisle.errors import AisleError

MESSAGE_CHARACTERS = 300

GONE = 499
"""The status of a request whose caller has hung up, as proxies write it into their logs."""


class RefusedError(AisleError):
    """A request that is not answered.

    Args:
        status: of HTTP, from 400 on.
        sentence: what came, what was expected, what to do.
        headers: what else the caller is told.
    """

    def __init__(
        self, status: HTTPStatus | int, sentence: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = int(status)
        self.headers = dict(headers or {})


def unprocessable(sentence: str) -> RefusedError:
    """A request that is well formed, but cannot be answered as it is."""
    return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, sentence)


def overloaded(sentence: str, seconds: int = 1) -> RefusedError:
    """A request that may come again when there is room for it."""
    headers = {"Retry-After": str(seconds)}
    return RefusedError(
        HTTPStatus.SERVICE_UNAVAILABLE, f"{sentence}; try again in a moment", headers
    )


def malformed(error: ValidationError) -> RefusedError:
    """The first thing that is wrong with a JSON body."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        reason = first["msg"].removeprefix("Invalid JSON: ")
        return RefusedError(HTTPStatus.BAD_REQUEST, one_line(f"the body is no JSON: {reason}"))
    return unprocessable(described(first))


def described(detail: ErrorDetails) -> str:
    """One finding of a validation as a sentence, without the value that came."""
    place = ".".join(str(part)[:60] for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return one_line(f"there is no field {place!r}; see /docs for those that there are")
    message = detail["msg"].removeprefix("Value error, ")
    return one_line(f"{place}: {message}" if place else message)


def one_line(text: str) -> str:
    """The text without line breaks, and not without end."""
    return " ".join(text.split())[:MESSAGE_CHARACTERS]


async def send_refusal(
    send: Send, status: HTTPStatus | int, sentence: str, headers: Mapping[str, str] | None = None
) -> None:
    """Refuses a request before it comes to the app."""
    named = {"content-type": "application/json"} | dict(headers or {})
    lines = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    body = json.dumps({"error": sentence}).encode()
    await send({"type": "http.response.start", "status": int(status), "headers": lines})
    await send({"type": "http.response.body", "body": body})
