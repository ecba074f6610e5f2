"""The fields of a small form, read within bounds."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import FormData
from starlette.types import Message

from aisle.service.bodies import whole_body
from aisle.service.web.site import site_of

_FRAME_BYTES = 1_000
"""What a field takes besides its value."""


async def form_fields(request: Request, fields: int, field_bytes: int) -> FormData:
    """The fields of a form without files.

    Args:
        request: one whose body has not been read.
        fields: how many there may be.
        field_bytes: how large each may be.

    Raises:
        RefusedError: the form is too large, or comes too slowly.
        HTTPException: it is broken.
    """
    most = fields * (field_bytes + _FRAME_BYTES)
    async with whole_body(request, most, site_of(request).engine.pace.seconds) as body:
        whole: Message = {"type": "http.request", "body": bytes(body), "more_body": False}

        async def receive() -> Message:
            return whole

        return await Request(request.scope, receive).form(
            max_files=0, max_fields=fields, max_part_size=field_bytes
        )
