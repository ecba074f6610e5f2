"""Pages and API under one address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from aisle.service.web import desk_page, model_page, sign_in, try_it
from aisle.service.web.site import Site, fragment
from aisle.service.web.static_files import VersionedFiles, static_root
from aisle.service.web.tried_pictures import TriedPictures

_FOR_PROGRAMS = ("/v1/", "/health/", "/metrics", "/docs", "/openapi.json", "/static")


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
    for router in (try_it.router, model_page.router, desk_page.router, sign_in.router):
        app.include_router(router)
    app.mount(static_root(), VersionedFiles(), name="static")
    in_json: Callable[..., Response | Awaitable[Response]] = app.exception_handlers[HTTPException]

    async def not_found(request: Request, error: Exception) -> Response:
        """Answers programs in JSON, people with a page."""
        if request.url.path.startswith(_FOR_PROGRAMS):
            said = in_json(request, error)
            return said if isinstance(said, Response) else await said
        return fragment(request, "not_found.html", status=HTTPStatus.NOT_FOUND)

    app.add_exception_handler(HTTPStatus.NOT_FOUND, not_found)
