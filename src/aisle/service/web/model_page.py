"""The page of the model: what it is, how good it is, and where in the tree."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from aisle.evaluation.charts import dot_radius
from aisle.service.api.keys import Role
from aisle.service.api.schemas import card_of
from aisle.service.web.model_view import view_of
from aisle.service.web.site import page, site_of, turned_away

router = APIRouter(include_in_schema=False)


@router.get("/model")
async def model_page(request: Request, modalities: str = "") -> Response:
    """Shows the model that answers.

    Args:
        request: who asks.
        modalities: the modality set whose figures are shown, such as "text".
    """
    if away := turned_away(request, Role.CLASSIFY):
        return away
    engine = site_of(request).engine
    model = engine.answering
    view = await asyncio.to_thread(view_of, model, modalities)
    return page(
        request,
        "model_page.html",
        "Model",
        card=card_of(model, engine.folder.name, engine.loaded),
        notes=model.summary().fit.notes,
        view=view,
        radius=lambda one: dot_radius(one, view.figures.reliability),
    )
