"""What all pages share: the site, templates, scripts and styles, and headers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

import aisle.evaluation
from aisle.evaluation.presentation import environment
from aisle.service.api.auth import signed_in
from aisle.service.api.keys import Keys, Role
from aisle.service.inference.engine import InferenceEngine
from aisle.service.settings import Limits
from aisle.service.web.samples import Catalogue

if TYPE_CHECKING:
    from aisle.review.desk import Desk


_FOLDER = Path(__file__).parent / "static"
_SHARED = {"style.css": Path(aisle.evaluation.__file__).parent / "templates" / "style.css"}
"""What pages and reports have in common."""


HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "style-src-attr 'unsafe-inline'",  # how long a bar is
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""A page runs no script but those of the service, and asks no other server for anything."""

_NAVIGATION = {"Try it": "/", "Review": "/review", "Model": "/model"}


@dataclass(frozen=True)
class Site:
    """What the pages show.

    Attributes:
        engine: the model that answers.
        limits: what a product may bring.
        keys: who may see what; without any, all may see all.
        desk: the queue of products to review.
        data: the folder of what is kept.
        second: another model to compare with, or None.
        catalogue: products whose pictures are shown where answers resemble them.
    """

    engine: InferenceEngine
    limits: Limits
    keys: Keys
    desk: Desk
    data: Path
    second: InferenceEngine | None = None
    catalogue: Catalogue = field(default_factory=Catalogue)


def site_of(request: Request) -> Site:
    """The site that a request was sent to."""
    site: Site = request.app.state.site
    return site


def page(request: Request, template: str, title: str, **values: Any) -> Response:
    """A whole page.

    Args:
        request: who asks.
        template: that extends `layout.html`.
        title: of the page.
        values: what the template shows.
    """
    site = site_of(request)
    frame: dict[str, Any] = {
        "title": title,
        "navigation": _NAVIGATION,
        "caller": signed_in(request),
        "keyed": bool(site.keys),
        "model": site.engine.folder.name,
    }
    return fragment(request, template, **frame, **values)


def fragment(
    request: Request, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
) -> Response:
    """A part of a page, or a page that stands for itself."""
    return templates().TemplateResponse(request, template, values, status, HEADERS)


@cache
def templates() -> Jinja2Templates:
    """The templates of the pages; all text in them is escaped."""
    made = environment("aisle.service.web")
    made.globals["static"] = static_address
    return Jinja2Templates(env=made)


def turned_away(request: Request, role: Role) -> Response | None:
    """Where to send a visitor who may not see a page; None for one who may."""
    caller = signed_in(request)
    if caller is not None and caller.may(role):
        return None
    if not site_of(request).keys and role < Role.REVIEW:
        return None
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    needs = f"&needs={role.name.lower()}" if caller else ""
    return RedirectResponse(f"/sign-in?to={quote(wanted, safe='')}{needs}", HTTPStatus.SEE_OTHER)


class VersionedFiles(StaticFiles):
    """The files of the pages; a browser asks for each once, and again when one has changed."""

    def __init__(self) -> None:
        super().__init__(directory=_FOLDER)

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """See `StaticFiles.lookup_path`."""
        if shared := _SHARED.get(path):
            return str(shared), shared.stat()
        return super().lookup_path(path)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See `StaticFiles.get_response`."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


@cache
def static_root() -> str:
    """The address of the folder, with a digest of all that is in it."""
    digest = hashlib.sha256()
    for file in (*sorted(_FOLDER.iterdir()), *_SHARED.values()):
        digest.update(file.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


def static_address(name: str) -> str:
    """The address of a file."""
    return f"{static_root()}/{name}"
