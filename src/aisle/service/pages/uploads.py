"""A bound for files that pages take in; NiceGUI itself would write any length to the disk."""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_DIGITS = 15


class BoundedUploads:
    """Refuses uploads of pages that are too large, or do not tell their length.

    Args:
        app: what answers the others.
        most: bytes that a body may have.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if not _is_upload(scope):
            await self._app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "")
        if not told.isdecimal():
            await _refuse(send, HTTPStatus.LENGTH_REQUIRED, "the upload does not tell its length")
        elif len(told) > _DIGITS or int(told) > self._most:
            sentence = f"the upload has more than {self._most} bytes; send a smaller file"
            await _refuse(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
        else:
            await self._app(scope, receive, send)


def _is_upload(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    path: str = scope["path"]
    return path.startswith("/_nicegui/")


async def _refuse(send: Send, status: HTTPStatus, sentence: str) -> None:
    headers = [(b"content-type", b"application/json")]
    body = json.dumps({"error": sentence}).encode()
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
