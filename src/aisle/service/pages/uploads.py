"""A bound for files that pages take in; NiceGUI itself would write any length to the disk."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from aisle.service.refusals import send_refusal

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
            await send_refusal(
                send, HTTPStatus.LENGTH_REQUIRED, "the upload does not tell its length"
            )
        elif len(told) > _DIGITS or int(told) > self._most:
            sentence = f"the upload has more than {self._most} bytes; send a smaller file"
            await send_refusal(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
        else:
            await self._app(scope, receive, send)


def _is_upload(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    path: str = scope["path"]
    return path.startswith("/_nicegui/")
