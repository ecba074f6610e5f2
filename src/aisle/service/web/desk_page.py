"""The page of the review desk; its script calls the review API."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from aisle.service.api.auth import signed_in
from aisle.service.api.keys import Role
from aisle.service.web.site import page, turned_away

router = APIRouter(include_in_schema=False)


@router.get("/review")
async def desk_page(request: Request) -> Response:
    """What the model would not assign, one product after the other."""
    if away := turned_away(request, Role.REVIEW):
        return away
    caller = signed_in(request)
    assert caller is not None
    address = str(request.base_url).rstrip("/")
    return page(request, "desk.html", "Review", reviewer=caller.name, address=address)
