"""The page of an address where there is nothing."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from aisle.service.pages.rendering import filled

_ASSETS = "/_nicegui"


def nothing(request: Request, _: Exception) -> Response:
    """Says so: to people as a page, to what loads parts of a page in plain text."""
    if request.url.path.startswith(_ASSETS):
        return PlainTextResponse("there is nothing here", HTTPStatus.NOT_FOUND)
    return HTMLResponse(filled("nothing.html"), HTTPStatus.NOT_FOUND)
