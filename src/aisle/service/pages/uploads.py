"""A bound for files that pages take in; NiceGUI itself would write any length to the disk."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aisle.service.api.errors import RefusedError, send_refusal
from aisle.service.bodies import Patience

_DIGITS = 15


class BoundedUploads:
    """Refuses uploads of pages that are too large, come too slowly, or do not tell their length.

    Args:
        app: what answers the others.
        most: bytes that a body may have.
        seconds: see `Patience`.
    """

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds

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
            await self._pass_on(scope, _Paced(receive, send, self._seconds), send)

    async def _pass_on(self, scope: Scope, upload: _Paced, send: Send) -> None:
        try:
            await self._app(scope, upload.receive, upload.send)
        except Exception:
            if upload.refusal is None:
                raise
        if error := upload.refusal:
            await send_refusal(send, error.status, str(error), error.headers)


def _is_upload(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    path: str = scope["path"]
    return path.startswith("/_nicegui/")


class _Paced:
    """An upload as the app sees it: one that comes too slowly is one whose sender has left."""

    def __init__(self, receive: Receive, send: Send, seconds: float) -> None:
        self.refusal: RefusedError | None = None
        self._receive = receive
        self._send = send
        self._patience = Patience(seconds)
        self._more = True

    async def receive(self) -> Message:
        if not self._more:
            return await self._receive()
        try:
            message = await self._patience.wait(self._receive())
        except RefusedError as error:
            self.refusal = error
            message = {"type": "http.disconnect"}
        self._patience.restore(len(message.get("body", b"")))
        self._more = message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if self.refusal is None:
            await self._send(message)
