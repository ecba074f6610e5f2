"""Pages and API under one address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from nicegui import app as gui
from nicegui import ui
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Match, Mount
from starlette.types import Lifespan, Scope

from aisle.service.api.errors import answer_failures
from aisle.service.middleware import Drained, Observed
from aisle.service.pages import sign_in
from aisle.service.pages.model.page import model_page
from aisle.service.pages.nothing import nothing
from aisle.service.pages.review.filling_route import finish_uploads
from aisle.service.pages.review.page import review, routers
from aisle.service.pages.secret import session_secret
from aisle.service.pages.sessions import SESSION_SECONDS
from aisle.service.pages.site import Site
from aisle.service.pages.try_it.page import try_it
from aisle.service.pages.uploads import BoundedUploads

_API = ("/v1", "/health", "/metrics", "/docs", "/openapi.json", "/static-offline-docs")
_RECONNECT_SECONDS = 20.0
_OUTERMOST: frozenset[Any] = frozenset({Observed, Drained})  # they count what others refuse, too
_PAGES: dict[str, tuple[str, Callable[..., Any]]] = {
    "/": ("Try it", try_it),
    "/review": ("Review", review),
    "/model": ("Model", model_page),
    "/sign-in": ("Sign in", sign_in.sign_in_page),
}
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="7" fill="#17805f"/>'
    '<path d="M8 9h6v6H8zM18 9h6v6h-6zM8 18h6v6H8zM18 18h6v6h-6z" fill="#fff"/></svg>'
)


def mount(app: FastAPI, site: Site) -> None:
    """Adds the pages to an app; once a process, since NiceGUI serves one site.

    Args:
        app: from `make_app`.
        site: what the pages stand on.

    Raises:
        OutputError: the data folder cannot be written.
    """
    gui.state.aisle = site
    for path, (title, page) in _PAGES.items():
        ui.page(path, title=f"{title} - aisle", response_model=None)(page)
    answer_failures(gui)
    gui.add_exception_handler(HTTPStatus.NOT_FOUND, nothing)
    for router in (sign_in.router, *routers):
        app.include_router(router)
    app.add_middleware(
        SessionMiddleware,
        secret_key=session_secret(site.data),
        session_cookie="aisle",
        max_age=SESSION_SECONDS,
        same_site="lax",
    )
    seconds = site.engine.pace.seconds
    app.add_middleware(BoundedUploads, most=site.limits.body_bytes, seconds=seconds)
    app.router.lifespan_context = _finishing(app.router.lifespan_context, site.engine.pace.grace)
    if site.beside:
        app.state.engines.append(site.beside)
    ui.run_with(
        app,
        title="aisle",
        favicon=_ICON,
        dark=None,
        language="en-US",
        tailwind=False,
        reconnect_timeout=_RECONNECT_SECONDS,
        show_welcome_message=False,
    )
    app.router.routes[-1] = _BesideTheApi("/", gui)
    app.user_middleware.sort(key=lambda one: one.cls not in _OUTERMOST)


def _finishing(lifespan: Lifespan[Any], grace: float) -> Lifespan[Any]:
    """A lifespan before whose end the uploads that were accepted are queued.

    The shutdown hooks of NiceGUI come too late for that: the engine has stopped before them.
    """

    @asynccontextmanager
    async def finishing(app: Any) -> AsyncIterator[Any]:
        async with lifespan(app) as state:
            yield state
            await finish_uploads(grace)

    return finishing


class _BesideTheApi(Mount):
    """All paths but those of the API, whose mistakes are answered in JSON."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """See `Mount.matches`."""
        if scope["path"].startswith(_API):
            return Match.NONE, {}
        return super().matches(scope)
