"""Every failure as `{"error": "one clear sentence"}`."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from aisle.service.refusals import RefusedError, described, one_line

_SENTENCES = {
    HTTPStatus.NOT_FOUND: "there is nothing here; /docs lists what there is",
    HTTPStatus.METHOD_NOT_ALLOWED: "the method does not fit this route; /docs lists what does",
}


def answer_failures(app: FastAPI) -> None:
    """Gives an app the handlers of this module."""
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RefusedError)
    return JSONResponse({"error": one_line(str(error))}, error.status, error.headers)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"error": described(error.errors()[0])}, HTTPStatus.UNPROCESSABLE_ENTITY)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    sentence = _SENTENCES.get(HTTPStatus(error.status_code), one_line(str(error.detail)))
    return JSONResponse({"error": sentence}, error.status_code, error.headers)
