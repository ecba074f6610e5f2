"""The page of the model: what it is, how good it is, and where in the tree."""

from __future__ import annotations

import asyncio

from fastapi import Request, Response
from nicegui import ui

from aisle.evaluation.charts import dot_radius
from aisle.service.api.keys import Role
from aisle.service.describing import card_of
from aisle.service.pages.model.view import view_of
from aisle.service.pages.rendering import filled, fragment
from aisle.service.pages.shell import frame
from aisle.service.pages.site import the_site
from aisle.service.pages.visitor import refused, visitor_of


async def model_page(request: Request, evidence: str = "") -> Response | None:
    """Shows the model that answers.

    Args:
        request: who asks.
        evidence: the pattern whose figures are shown, such as "text".
    """
    if away := refused(request, Role.CLASSIFY):
        return away
    engine = the_site().engine
    model = engine.answering
    view = await asyncio.to_thread(view_of, model, evidence)
    ui.add_head_html(f"<style>{filled('model.css')}</style>")
    with frame("Model", visitor_of(request)):
        fragment(
            "model.html",
            card=card_of(model, engine.folder.name, engine.loaded),
            notes=model.summary().fit.notes,
            view=view,
            radius=lambda one: dot_radius(one, view.figures.reliability),
        )
    return None
