"""The pages under the address of the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from aisle.service.api.auth import signed_in
from aisle.service.api.keys import Role
from aisle.service.web import model_page, sign_in, try_it
from aisle.service.web.site import Site, VersionedFiles, fragment, page, static_root, turned_away
from aisle.service.web.tried_pictures import TriedPictures

_FOR_PROGRAMS = ("/v1/", "/health/", "/metrics", "/docs", "/openapi.json", "/static")

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


def mount_pages(app: FastAPI, site: Site) -> None:
    """Adds the pages to an app.

    Args:
        app: from `make_app`.
        site: what the pages show.
    """
    app.state.site = site
    app.state.tried = TriedPictures()
    if site.second:
        app.state.engines.append(site.second)
    for pages in (try_it.router, model_page.router, router, sign_in.router):
        app.include_router(pages)
    app.mount(static_root(), VersionedFiles(), name="static")
    in_json: Callable[..., Response | Awaitable[Response]] = app.exception_handlers[HTTPException]

    async def not_found(request: Request, error: Exception) -> Response:
        """Answers programs in JSON, people with a page."""
        if request.url.path.startswith(_FOR_PROGRAMS):
            said = in_json(request, error)
            return said if isinstance(said, Response) else await said
        return fragment(request, "not_found.html", status=HTTPStatus.NOT_FOUND)

    app.add_exception_handler(HTTPStatus.NOT_FOUND, not_found)
