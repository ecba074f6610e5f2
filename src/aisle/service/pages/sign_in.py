"""The way in: by an API key, or in a service without keys by a name."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from aisle.errors import OutputError
from aisle.service.api.errors import overloaded
from aisle.service.api.keys import NAME_CHARACTERS, Keys, Role, hash_key
from aisle.service.logs import log_trouble
from aisle.service.pages.rendering import fragment
from aisle.service.pages.sessions import end_session, new_session
from aisle.service.pages.shell import frame
from aisle.service.pages.site import the_site
from aisle.service.pages.visitor import visitor_of

_FORM_BYTES = 4_096

router = APIRouter(include_in_schema=False)


def sign_in_page(request: Request, to: str = "/", wrong: str = "", needs: str = "") -> None:
    """Asks for an API key, or in a service without keys for a name.

    Args:
        request: who asks.
        to: the page that was wanted.
        wrong: whether what was given before is not taken.
        needs: the role that the key of the session lacks.
    """
    visitor = visitor_of(request)
    role = needs.upper() in Role.__members__ and needs
    with frame("Sign in", visitor):
        values = {"keyed": bool(the_site().keys), "to": _local(to), "wrong": bool(wrong)}
        fragment("sign_in.html", visitor=visitor, needs=role, **values)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Keeps who signs in, in the session."""
    fields = await _fields(request)
    to = _local(fields.get("to", "/"))
    taken = _taken(the_site().keys, fields)
    if not taken:
        return RedirectResponse(f"/sign-in?wrong=1&to={quote(to, safe='')}", HTTPStatus.SEE_OTHER)
    request.session.clear()
    request.session.update(taken)
    return RedirectResponse(to, HTTPStatus.SEE_OTHER)


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Forgets who signed in; copies of his cookie are worth nothing from then on."""
    if begun := request.session.get("session"):
        try:
            end_session(the_site().data, begun)
        except OutputError as error:
            log_trouble("a session cannot be ended", error)
            raise overloaded("you cannot be signed out now") from error
    request.session.clear()
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)


async def _fields(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=4, max_part_size=_FORM_BYTES)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _taken(keys: Keys, fields: dict[str, str]) -> dict[str, str]:
    """What the session will say, or nothing where the key is unknown or the name empty."""
    if keys:
        digest = hash_key(fields.get("key", "").strip())
        return {"key": digest, "session": new_session()} if keys.find_hash(digest) else {}
    name = "".join(char for char in fields.get("name", "").strip() if char.isprintable())
    return {"name": name[:NAME_CHARACTERS]} if name else {}


def _local(path: str) -> str:
    """The path if it is one of this site, else the first page."""
    return path if path.startswith("/") and path[1:2] not in ("/", "\\") else "/"
