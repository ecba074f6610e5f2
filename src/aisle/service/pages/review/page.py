"""The review desk: what the model would not place, one product after the other."""

from __future__ import annotations

from fastapi import Request, Response
from nicegui import ui

from aisle.service.api.errors import RefusedError
from aisle.service.api.keys import Role
from aisle.service.pages.rendering import filled, fragment
from aisle.service.pages.review import actions, filling_route
from aisle.service.pages.review.room import the_room
from aisle.service.pages.review.views import figures_view
from aisle.service.pages.shell import frame
from aisle.service.pages.visitor import Visitor, refused, visitor_of

_REFRESH_SECONDS = 1.0
routers = (actions.router, filling_route.router)
"""What the page's script asks for."""


async def review(request: Request) -> Response | None:
    """Shows the next product of the queue, and how far the queue is."""
    if away := refused(request, Role.REVIEW):
        return away
    visitor = visitor_of(request)
    assert visitor is not None
    address = str(request.base_url).rstrip("/")
    ui.add_head_html(f"<style>{filled('review.css')}</style>")
    ui.add_body_html(f"<script>{filled('review.js')}</script>")
    with frame("Review", visitor):
        with ui.element("div").classes("desk-head"):
            fragment("review_heading.html")
            figures = ui.html(await _figures(visitor), sanitize=False)
        fragment("review.html", reviewer=visitor.name)
        with ui.element("div").classes("beside"):
            with ui.element("section"):
                fragment("review_filling_form.html", address=address)
                filling = ui.html(_filling(), sanitize=False)
            fragment("review_export.html", address=address)

    async def refresh() -> None:
        if visitor.may(Role.REVIEW):
            figures.set_content(await _figures(visitor))
            filling.set_content(_filling())

    ui.timer(_REFRESH_SECONDS, refresh)
    return None


async def _figures(visitor: Visitor) -> str:
    try:
        progress = await the_room().progress()
    except RefusedError as error:
        return filled("review_trouble.html", sentence=str(error))
    return figures_view(the_room(), progress, visitor.name)


def _filling() -> str:
    return filled("review_filling.html", filling=the_room().filling)
