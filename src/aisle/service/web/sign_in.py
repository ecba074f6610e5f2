"""The way in: by an API key, or in a service without keys by a name."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from aisle.errors import OutputError
from aisle.service.api.auth import COOKIE, Sessions
from aisle.service.api.errors import overloaded
from aisle.service.api.intake import read_form
from aisle.service.api.keys import Role
from aisle.service.observability import log_trouble
from aisle.service.web.site import page

_FIELD_BYTES = 4_096
_FIELDS = 4

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def sign_in_page(
    request: Request, to: str = "/", wrong: str = "", needs: str = ""
) -> Response:
    """Asks for an API key, or in a service without keys for a name.

    Args:
        request: who asks.
        to: the page that was wanted.
        wrong: not empty where what was given before is not accepted.
        needs: the role that the session lacks.
    """
    role = needs if needs.upper() in Role.__members__ else ""
    return page(request, "sign_in.html", "Sign in", to=_local(to), wrong=bool(wrong), needs=role)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Begins a session."""
    form = await read_form(request, fields=_FIELDS, field_bytes=_FIELD_BYTES)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    to = _local(fields.get("to", "/"))
    cookie = _sessions(request).begin(fields.get("key") or fields.get("name", ""))
    if cookie is None:
        return RedirectResponse(f"/sign-in?wrong=1&to={quote(to, safe='')}", HTTPStatus.SEE_OTHER)
    response = RedirectResponse(to, HTTPStatus.SEE_OTHER)
    _sessions(request).remember(response, cookie)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Ends the session, also for whoever has a copy of its cookie."""
    sessions = _sessions(request)
    try:
        sessions.end(request.cookies.get(COOKIE, ""))
    except OutputError as error:
        log_trouble("a session cannot be ended", error)
        raise overloaded("you cannot be signed out now") from error
    response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    sessions.forget(response)
    return response


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def _local(path: str) -> str:
    """The path if it is one of this site, else the first page."""
    return path if path.startswith("/") and path[1:2] not in ("/", "\\") else "/"
