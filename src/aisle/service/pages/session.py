"""Who looks at a page: a session in a signed cookie, checked anew at each action."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from aisle.errors import OutputError
from aisle.service.keys import Keys, Role, hash_key
from aisle.service.pages.rendering import fragment
from aisle.service.pages.shell import frame
from aisle.service.pages.site import the_site

NAME_CHARACTERS = 60
_FORM_BYTES = 4_096

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page.

    Attributes:
        name: of the key, or in a service without keys what he calls himself.
        digest: of his key, or empty.
    """

    name: str
    digest: str = ""

    def may(self, role: Role) -> bool:
        """Whether he may act in a role now; keys expire while pages are open."""
        keys = the_site().keys
        key = keys.find_hash(self.digest)
        return not keys or (key is not None and key.role >= role)


def visitor_of(request: Request) -> Visitor | None:
    """Who sent a request by his session, or None where nobody has signed in."""
    session, keys = request.session, the_site().keys
    if keys:
        key = keys.find_hash(session.get("key", ""))
        return Visitor(key.name, key.sha256) if key else None
    name = session.get("name", "")
    return Visitor(name) if name else None


def refused(request: Request, role: Role) -> Response | None:
    """Where to send a visitor who may not see a page; None for one who may."""
    visitor = visitor_of(request)
    if visitor is not None and visitor.may(role):
        return None
    if not the_site().keys and role < Role.REVIEW:
        return None
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    needs = f"&needs={role.name.lower()}" if visitor else ""
    return RedirectResponse(f"/sign-in?to={quote(wanted, safe='')}{needs}", HTTPStatus.SEE_OTHER)


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
    """Forgets who signed in."""
    request.session.clear()
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)


def session_secret(folder: Path) -> str:
    """What sessions are signed with: made once, kept in a file that only its owner reads.

    Raises:
        OutputError: the file cannot be written.
    """
    file = folder / "session-secret"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.exists() or not file.stat().st_size:
            _make_secret(file)
        return file.read_text()
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror or error}") from error


def _make_secret(file: Path) -> None:
    """Writes the file whole or not at all; of two servers that start at once the first wins.

    An empty file, as a full disk leaves it, counts as absent.
    """
    if file.exists():
        file.unlink()
    with NamedTemporaryFile("w", dir=file.parent) as part, suppress(FileExistsError):
        part.write(secrets.token_urlsafe(48))
        part.flush()
        os.link(part.name, file)


async def _fields(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=4, max_part_size=_FORM_BYTES)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _taken(keys: Keys, fields: dict[str, str]) -> dict[str, str]:
    """What the session will say, or nothing where the key is unknown or the name empty."""
    if keys:
        digest = hash_key(fields.get("key", "").strip())
        return {"key": digest} if keys.find_hash(digest) else {}
    name = "".join(char for char in fields.get("name", "").strip() if char.isprintable())
    return {"name": name[:NAME_CHARACTERS]} if name else {}


def _local(path: str) -> str:
    """The path if it is one of this site, else the first page."""
    return path if path.startswith("/") and path[1:2] not in ("/", "\\") else "/"
