"""What the desk sends as files: its decisions as a table, and pictures drawn anew."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from aisle.data.pictures.reading import decode_image
from aisle.errors import ImageError, InputError
from aisle.review.decision_table import export_decisions
from aisle.review.desk import Desk
from aisle.review.picture_store import PictureStore
from aisle.service.api.errors import RefusedError, unprocessable

WIDTH = 640
"""Pixels of the longer side that a rendition has unless another is asked for."""

_WIDTHS = range(16, 1_601)
_QUALITY = 85
_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
_CHUNK_BYTES = 256 * 1024


class ExportFormat(StrEnum):
    """What kind of table."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        """As HTTP names it."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.CSV: "text/csv",
    ExportFormat.JSONL: "application/x-ndjson",
}


class ExportResponse(StreamingResponse):
    """A file that is sent whole, whatever range of it is asked for.

    Args:
        file: open for reading; it is closed afterwards.
        kind: of the table.
    """

    def __init__(self, file: BinaryIO, kind: ExportFormat) -> None:
        headers = {
            "Content-Length": str(os.fstat(file.fileno()).st_size),
            "Content-Disposition": f'attachment; filename="decisions.{kind}"',
        }
        chunks = iter(lambda: file.read(_CHUNK_BYTES), b"")
        super().__init__(chunks, headers=headers, media_type=kind.media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it; see ASGI."""
        with self._file:
            await super().__call__(scope, receive, send)


def export_response(desk: Desk, texts: Sequence[str], kind: ExportFormat) -> ExportResponse:
    """All decisions that stand but skips, in a file that has no name any more when this returns.

    It goes when it is closed, also where it could not be sent.

    Args:
        desk: where they are kept.
        texts: the names of the columns of texts, as the model knows them.
        kind: of the table.

    Raises:
        StoreError: the database cannot be read.
        OutputError: the disk is full.
    """
    with tempfile.TemporaryDirectory(prefix="aisle-export-") as folder:
        file = Path(folder) / f"decisions.{kind}"
        _write(desk, texts, file)
        return ExportResponse(file.open("rb"), kind)


def _write(desk: Desk, texts: Sequence[str], file: Path) -> None:
    try:
        export_decisions(desk.decisions(), file, desk.pictures, texts or ("text",))
    except InputError:  # a column of texts has the name of one of the other columns
        export_decisions(desk.decisions(), file, desk.pictures)


def picture_response(pictures: PictureStore, digest: str, width: int = WIDTH) -> Response:
    """A kept picture as a JPEG file; it blocks, so call it in a thread.

    Args:
        pictures: where it is kept.
        digest: of the picture.
        width: of the longer side, in pixels; a smaller picture keeps its size.

    Raises:
        RefusedError: there is no such picture, it cannot be decoded, or the width is none.
    """
    if width not in _WIDTHS:
        raise unprocessable(f"the width is {width}; {_WIDTHS[0]} to {_WIDTHS[-1]} pixels are drawn")
    try:
        data = pictures.read(digest)
    except InputError as error:
        raise RefusedError(HTTPStatus.NOT_FOUND, str(error)) from error
    return Response(rendition(data, width), media_type="image/jpeg", headers=_HEADERS)


def rendition(data: bytes, width: int) -> bytes:
    """A picture as a JPEG file without anything of the original but its looks.

    Args:
        data: the bytes of a file.
        width: the most pixels of the longer side.

    Raises:
        RefusedError: it cannot be decoded.
    """
    try:
        image = decode_image(data, width)
    except ImageError as error:
        raise unprocessable(f"the picture cannot be shown: {error}") from error
    image.thumbnail((width, width))
    image.info.clear()
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
