"""Other sites' pages may neither act here in a visitor's name nor pretend to be this address."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from aisle.service.api.errors import send_refusal

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class SameOrigin:
    """Refuses what a browser sends for another site's page: forms, scripts and websockets.

    Browsers name the page that a request comes from in `Origin`; other callers do not send it. What
    only reads is let through, since a page cannot read an answer of another site.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if _acts(scope) and not _is_same(Headers(scope=scope)):
            sentence = "the request comes from another site's page; open this service's own"
            await _refuse(scope, send, 403, sentence)
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
        if scope["type"] in ("http", "websocket") and _host(Headers(scope=scope)) not in _LOCAL:
            sentence = "without keys this service answers to localhost and 127.0.0.1 alone"
            await _refuse(scope, send, 421, sentence)
        else:
            await self._app(scope, receive, send)


def _acts(scope: Scope) -> bool:
    return scope["type"] == "websocket" or (
        scope["type"] == "http" and scope["method"] not in _HARMLESS
    )


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


async def _refuse(scope: Scope, send: Send, status: int, sentence: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    await send_refusal(send, status, sentence)
