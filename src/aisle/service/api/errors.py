"""What the service refuses: an HTTP status and one clear sentence, `{"error": "…"}`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import Send

from aisle.errors import AisleError

MESSAGE_CHARACTERS = 300

GONE = 499
"""The status of a request whose caller has hung up, as proxies write it into their logs."""

_SENTENCES = {
    HTTPStatus.NOT_FOUND: "there is nothing here; /docs lists what there is",
    HTTPStatus.METHOD_NOT_ALLOWED: "the method does not fit this route; /docs lists what does",
}


class RefusedError(AisleError, HTTPException):
    """A request that the service does not answer.

    Args:
        status: the HTTP status, 400 or above.
        sentence: what came, what was expected, what to do.
        headers: more headers of the response.
    """

    def __init__(
        self, status: HTTPStatus | int, sentence: str, headers: Mapping[str, str] | None = None
    ) -> None:
        HTTPException.__init__(self, int(status), sentence, dict(headers or {}))
        self.args = (sentence,)

    def __str__(self) -> str:
        return str(self.detail)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.status_code


def unprocessable(sentence: str) -> RefusedError:
    """A well-formed request that cannot be answered as it is."""
    return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, sentence)


def overloaded(sentence: str, seconds: int = 1) -> RefusedError:
    """A request that may come again when there is room for it."""
    headers = {"Retry-After": str(seconds)}
    return RefusedError(
        HTTPStatus.SERVICE_UNAVAILABLE, f"{sentence}; try again in a moment", headers
    )


def unsupported(wanted: str) -> RefusedError:
    """A body of another type than the wanted one."""
    sentence = f"the body is of another type; send {wanted}"
    return RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, sentence)


def gone() -> RefusedError:
    """A request whose caller has hung up before it was sent or answered."""
    return RefusedError(GONE, "the request did not come whole; send it again")


def malformed(error: ValidationError) -> RefusedError:
    """The first mistake in a JSON body."""
    return _mistake(error.errors(include_url=False, include_input=False, include_context=False)[0])


def one_line(text: str) -> str:
    """The text on one line that can be sent, at most `MESSAGE_CHARACTERS` long."""
    printed = text.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be sent
    return " ".join(printed.split())[:MESSAGE_CHARACTERS]


def answer_failures(app: FastAPI) -> None:
    """Lets an app answer every failure in the one form."""
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StarletteHTTPException, _http)


async def send_refusal(
    send: Send, status: HTTPStatus | int, sentence: str, headers: Mapping[str, str] | None = None
) -> None:
    """Refuses a request before it reaches the app."""
    body = json.dumps({"error": sentence}).encode()
    named = {"content-type": "application/json", "content-length": str(len(body))}
    named |= headers or {}
    lines = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": lines})
    await send({"type": "http.response.body", "body": body})


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RefusedError)
    return JSONResponse({"error": one_line(str(error))}, error.status, error.headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return await _refused(request, _mistake(error.errors()[0]))


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StarletteHTTPException)
    sentence = _SENTENCES.get(HTTPStatus(error.status_code), one_line(str(error.detail)))
    return JSONResponse({"error": sentence}, error.status_code, error.headers)


def _mistake(found: Mapping[str, Any]) -> RefusedError:
    """One finding of a validation, without the value that came."""
    kind, message = found["type"], found["msg"].removeprefix("Value error, ")
    if kind == "json_invalid":
        reason = found.get("ctx", {}).get("error") or message.removeprefix("Invalid JSON: ")
        return RefusedError(HTTPStatus.BAD_REQUEST, one_line(f"the body is no JSON: {reason}"))
    parts = [str(part)[:60] for part in found["loc"]]
    place = ".".join(parts[1:] if parts[:1] == ["body"] else parts)
    if kind == "extra_forbidden":
        message = f"there is no field {place!r}; see /docs for those that there are"
        return unprocessable(one_line(message))
    return unprocessable(one_line(f"{place}: {message}" if place else message))
