"""What stands around every page: the bar at the top, the style, the landmarks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nicegui import ui

from aisle.service.pages.rendering import filled, fragment
from aisle.service.pages.site import the_site

if TYPE_CHECKING:
    from aisle.service.pages.visitor import Visitor

PAGES = {"Try it": "/", "Review": "/review", "Model": "/model"}
"""Where the bar at the top leads."""


@contextmanager
def frame(title: str, visitor: Visitor | None) -> Iterator[None]:
    """A page's frame; what is made inside stands in its main part.

    Args:
        title: of the page, for the bar and for screen readers.
        visitor: who looks at it.
    """
    ui.add_head_html(f"<style>{filled('style.css')}{filled('pages.css')}</style>")
    ui.colors(primary="#2a63c9", positive="#17805f", negative="#c8430b")
    with ui.header(fixed=False).classes(replace="bar"):
        fragment(
            "bar.html",
            pages=PAGES,
            title=title,
            visitor=visitor,
            open=not the_site().keys,
            model=the_site().engine.folder.name,
        )
    content = ui.context.client.content.classes(replace="page").props('id="main" tabindex="-1"')
    with content:
        yield
