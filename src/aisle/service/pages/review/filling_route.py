"""Where a browser sends the table that fills the queue."""

from __future__ import annotations

import asyncio
import tempfile
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.requests import ClientDisconnect

from aisle.service.api.errors import GONE, RefusedError, overloaded
from aisle.service.bodies import body_chunks
from aisle.service.logs import log_event
from aisle.service.pages.review.actions import Reviewer
from aisle.service.pages.review.filling import Filler, Filling
from aisle.service.pages.review.room import the_room
from aisle.service.pages.site import the_site

UPLOAD_BYTES = 200_000_000
"""The largest table that is taken."""

_ENDINGS = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".pq"})
_NAME_CHARACTERS = 200
_running: set[asyncio.Task[None]] = set()

router = APIRouter(prefix="/review", include_in_schema=False)


@router.post("/filling", status_code=HTTPStatus.ACCEPTED)
async def fill(
    request: Request,
    visitor: Reviewer,
    name: Annotated[str, Field(min_length=1, max_length=_NAME_CHARACTERS)],
) -> Response:
    """Takes a table as the body, and fills the queue with it after the answer."""
    room = the_room()
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if ending not in _ENDINGS:
        known = ", ".join(sorted(_ENDINGS))
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{name} is no table by its ending; known are {known}; save a spreadsheet as CSV",
        )
    if room.filling is not None and not room.filling.finished:
        raise overloaded(f"{room.filling.name} is still being queued", seconds=10)
    filling = room.filling = Filling(name, visitor.name)
    folder = tempfile.TemporaryDirectory(prefix="aisle-upload-")
    try:
        file = Path(folder.name) / f"table{ending}"
        await _receive(request, file)
    except BaseException as error:
        folder.cleanup()
        filling.finished = True
        filling.error = str(error) if isinstance(error, RefusedError) else "it did not come whole"
        raise
    task = asyncio.create_task(_fill(filling, file, folder))
    _running.add(task)
    task.add_done_callback(_running.discard)
    return Response(status_code=HTTPStatus.ACCEPTED)


async def finish_uploads(seconds: float) -> None:
    """Waits until what was accepted is queued; to be called before the engine stops.

    Args:
        seconds: after which an upload ends early; that is logged, and said in `Filling.error`.
    """
    if _running:
        _, late = await asyncio.wait(_running, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def _fill(filling: Filling, file: Path, folder: tempfile.TemporaryDirectory[str]) -> None:
    site = the_site()
    try:
        await Filler(site.engine, site.desk, site.limits).fill(filling, file)
    except asyncio.CancelledError:
        filling.error = "the service stopped before all rows were queued; send the table again"
        log_event("warning", "an upload ended early", rows=filling.total, done=filling.done)
        raise
    finally:
        filling.finished = True
        folder.cleanup()


async def _receive(request: Request, file: Path) -> None:
    """Writes the body into a file.

    Raises:
        RefusedError: it is too large, stands still, or did not come whole.
    """
    size, seconds = 0, the_site().engine.pace.seconds
    try:
        with file.open("wb") as out:
            async for chunk in body_chunks(request, seconds):
                size += len(chunk)
                if size > UPLOAD_BYTES:
                    raise RefusedError(
                        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                        f"the table has more than {UPLOAD_BYTES // 1_000_000} MB;"
                        " split it, or use aisle predict --to-review",
                    )
                await asyncio.to_thread(out.write, chunk)
    except ClientDisconnect as error:
        raise RefusedError(GONE, "the table did not come whole; send it again") from error
