"""Decisions as a file, written whole before it is sent."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from aisle.errors import InputError
from aisle.review.desk import Desk
from aisle.review.export import export_decisions


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


def export_response(desk: Desk, texts: Sequence[str], kind: Format) -> FileResponse:
    """All assignments that stand; the file goes when it has been sent.

    Args:
        desk: where they are kept.
        texts: the names of the columns of texts, as the model knows them.
        kind: of the table.

    Raises:
        StoreError: the database cannot be read.
        OutputError: the disk is full.
    """
    folder = Path(tempfile.mkdtemp(prefix="aisle-export-"))
    try:
        file = folder / f"decisions.{kind}"
        _write(desk, texts, file)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        file,
        media_type=kind.media_type,
        filename=file.name,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def _write(desk: Desk, texts: Sequence[str], file: Path) -> None:
    try:
        export_decisions(desk.decisions(), file, desk.pictures, texts or ("text",))
    except InputError:  # a column of texts has the name of one of the other columns
        export_decisions(desk.decisions(), file, desk.pictures)
