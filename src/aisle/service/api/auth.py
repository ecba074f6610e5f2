"""Who calls: a key in a header, or a browser's session; what the caller may do, and from where."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Header, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from aisle.errors import OutputError
from aisle.service.api.errors import RefusedError, send_refusal, unprocessable
from aisle.service.api.keys import NAME_CHARACTERS, ApiKey, Keys, Role, hash_key

ANYONE = "anyone"
"""The reviewer in a service without keys who gives no name."""

COOKIE = "aisle"
SESSION_SECONDS = 12 * 3_600

_ENDED = "signed-out"
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_BEARER = HTTPBearer(auto_error=False, description="An API key as a Bearer token.")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same in a header.")

Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
KeyHeader = Annotated[str | None, Security(_HEADER)]
_Check = Coroutine[Any, Any, "Caller | None"]


@dataclass(frozen=True)
class Caller:
    """Who sends a request.

    Attributes:
        name: of the key; in a service without keys the name that was given at sign-in.
        role: what the caller may do.
    """

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether the caller may act in a role."""
        return self.role >= role

    @classmethod
    def of(cls, key: ApiKey) -> Caller:
        """Who holds a key."""
        return cls(key.name, key.role)


class Sessions:
    """Browsers that are signed in, each by a signed cookie that every request brings along.

    A session ends when its owner signs out, when its key is no longer valid, and after some hours.
    A signed cookie alone would be good for whoever has a copy of it, so an empty file in the data
    folder remembers each session that ended early, for all servers of the folder.

    Args:
        keys: who may sign in; without any, every name may.
        data: the data folder; it keeps the secret that signs, readable by its owner alone.
        seconds: how long a session lasts.

    Raises:
        OutputError: the data folder cannot be written.
    """

    def __init__(self, keys: Keys, data: Path, seconds: int = SESSION_SECONDS) -> None:
        self._keys = keys
        self._ended = data / _ENDED
        self._seconds = seconds
        self._signer = URLSafeTimedSerializer(session_secret(data), "aisle session")

    def begin(self, given: str) -> str | None:
        """Begins a session.

        Args:
            given: an API key; in a service without keys the visitor's name.

        Returns:
            The value of the cookie; None where the key is unknown or the name empty.
        """
        if self._keys:
            digest = hash_key(given.strip())
            who = {"key": digest} if self._keys.find_hash(digest) else {}
        else:
            name = "".join(char for char in given.strip() if char.isprintable())
            who = {"name": name[:NAME_CHARACTERS]} if name else {}
        session = who | {"session": secrets.token_hex(16)}
        return str(self._signer.dumps(session)) if who else None

    def find(self, cookie: str) -> Caller | None:
        """Who is signed in by a cookie; None where nobody is, or no longer."""
        session = self._read(cookie)
        if (self._ended / session.get("session", "-")).exists():
            return None
        if not self._keys:
            name = session.get("name")
            return Caller(name, Role.ADMIN) if name else None
        key = self._keys.find_hash(session.get("key", ""))
        return Caller.of(key) if key else None

    def end(self, cookie: str) -> None:
        """Ends a session, and forgets those that would be too old by now.

        Raises:
            OutputError: the data folder cannot be written.
        """
        session = self._read(cookie).get("session")
        try:
            self._ended.mkdir(parents=True, exist_ok=True)
            too_old = time.time() - self._seconds
            for ended in self._ended.iterdir():
                if ended.stat().st_mtime < too_old:
                    ended.unlink(missing_ok=True)
            if session:
                (self._ended / session).touch()
        except OSError as error:
            reason = error.strerror or error
            raise OutputError(f"{self._ended} cannot be written: {reason}") from error

    def remember(self, response: Response, cookie: str) -> None:
        """Gives the cookie of `begin` to the browser."""
        response.set_cookie(
            COOKIE, cookie, max_age=self._seconds, httponly=True, samesite="lax", path="/"
        )

    def forget(self, response: Response) -> None:
        """Takes the cookie from the browser."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", path="/")

    def _read(self, cookie: str) -> dict[str, str]:
        try:
            session = self._signer.loads(cookie, max_age=self._seconds)
        except BadSignature:
            return {}
        return session if isinstance(session, dict) else {}


def signed_in(request: Request) -> Caller | None:
    """Who sent a request by the session in its cookie; None where nobody is signed in."""
    sessions: Sessions | None = request.app.state.sessions
    cookie = request.cookies.get(COOKIE, "")
    return sessions.find(cookie) if sessions and cookie else None


def needs(role: Role) -> Any:
    """A dependency of routes that only callers with this role may use.

    It gives the `Caller`. A service without keys admits everyone; there it gives None for those
    who are not signed in, unless they ask for a session with `X-Session: required`.
    """
    return Depends(_CHECKS[role])


def _check_for(role: Role) -> Callable[[Request, Bearer, KeyHeader], _Check]:
    async def check(request: Request, bearer: Bearer, header: KeyHeader) -> Caller | None:
        presented = bearer.credentials if bearer else header
        keys: Keys = request.app.state.keys
        if not keys and request.headers.get("x-session") != "required":
            return signed_in(request)
        return _admitted(_caller(request, keys, presented), presented, role)

    return check


def _caller(request: Request, keys: Keys, presented: str | None) -> Caller | None:
    if not presented:
        return signed_in(request)
    key = keys.find(presented)
    return Caller.of(key) if key else None


def _admitted(caller: Caller | None, presented: str | None, role: Role) -> Caller:
    if caller is None:
        what = "the API key is unknown or has expired" if presented else "an API key is needed"
        raise RefusedError(
            HTTPStatus.UNAUTHORIZED,
            f"{what}; send one as a Bearer token or in X-API-Key, or sign in",
            {"WWW-Authenticate": "Bearer"},
        )
    if not caller.may(role):
        raise RefusedError(
            HTTPStatus.FORBIDDEN,
            f"the API key has the role {caller.role.name.lower()}; {role.name.lower()} is needed",
        )
    return caller


_CHECKS = {role: _check_for(role) for role in Role}

ReviewCaller = Annotated[Caller | None, needs(Role.REVIEW)]


async def reviewer_of(
    caller: ReviewCaller,
    name: Annotated[
        str | None,
        Header(
            alias="X-Reviewer",
            max_length=NAME_CHARACTERS,
            description="Who reviews, in a service without keys; else it is the key's name.",
        ),
    ] = None,
) -> str:
    """The name of who reviews.

    Raises:
        RefusedError: the name holds characters that are not printed.
    """
    if caller is not None:
        return caller.name
    if name is not None and not name.isprintable():
        raise unprocessable("X-Reviewer holds characters that are not printed; send a plain name")
    return (name or "").strip() or ANYONE


Reviewer = Annotated[str, Depends(reviewer_of)]


class SameOrigin:
    """Refuses what a browser sends for another site's page.

    Browsers name the page that a request comes from in `Origin`; other callers do not send it. What
    only reads is let through, since a page cannot read an answer of another site.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        acts = scope["type"] == "http" and scope["method"] not in _HARMLESS
        if acts and not _is_same(Headers(scope=scope)):
            sentence = "the request comes from another site's page; open this service's own"
            await send_refusal(send, HTTPStatus.FORBIDDEN, sentence)
        else:
            await self._app(scope, receive, send)


class LocalNames:
    """Refuses requests to a name that is not this machine's own.

    A foreign name that is made to point at 127.0.0.1 ("DNS rebinding") would give another site's
    page the same origin as an open service on this machine.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] == "http" and _host(Headers(scope=scope)) not in _LOCAL:
            sentence = "without keys this service answers to localhost and 127.0.0.1 alone"
            await send_refusal(send, HTTPStatus.MISDIRECTED_REQUEST, sentence)
        else:
            await self._app(scope, receive, send)


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
    """Writes the file as a whole or not at all; of two servers that start at once the first wins.

    An empty file, as a full disk leaves it, counts as absent.
    """
    if file.exists():
        file.unlink()
    with NamedTemporaryFile("w", dir=file.parent) as part, suppress(FileExistsError):
        part.write(secrets.token_urlsafe(48))
        part.flush()
        os.link(part.name, file)


def _is_same(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is None or _netloc(origin) == headers.get("host", "").lower()


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _host(headers: Headers) -> str:
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""
