"""Decisions as a file, written whole before it is sent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from aisle.errors import InputError
from aisle.review.decision_table import export_decisions
from aisle.review.desk import Desk

_CHUNK_BYTES = 256 * 1024


class Format(StrEnum):
    """What kind of table."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        """As HTTP names it."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.CSV: "text/csv",
    Format.JSONL: "application/x-ndjson",
}


class ExportResponse(StreamingResponse):
    """A file that is sent whole, whatever range of it is asked for.

    Args:
        file: open for reading; it is closed afterwards.
        kind: of the table.
    """

    def __init__(self, file: BinaryIO, kind: Format) -> None:
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


def export_response(desk: Desk, texts: Sequence[str], kind: Format) -> ExportResponse:
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
