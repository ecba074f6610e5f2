"""The page of the model: what it is, how good it is, and where in the tree."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from starlette.responses import Response

from aisle.classifier import Classifier
from aisle.evaluation.charts import Plane, dot_radius, risk_plane, share_plane
from aisle.evaluation.out_of_fold import NodeScore, OofFigures, oof_figures
from aisle.service.api.keys import Role
from aisle.service.api.schemas import card_of
from aisle.service.web.site import page, site_of, turned_away
from aisle.summary import ModalitySetSummary

_WEAKEST = 10
_FEW = 5
"""Categories of fewer products are not called weak: it may be chance."""


@dataclass(frozen=True)
class Branch:
    """A node of the tree with what is beneath it.

    Attributes:
        score: of the node itself.
        children: in the order of their names.
    """

    score: NodeScore
    children: list[Branch] = field(default_factory=list)


@dataclass(frozen=True)
class Assigned:
    """Where the model stands on its risk-coverage curve, by the names that the chart uses."""

    assigned: float
    assigned_share: float
    assigned_precision: float


@dataclass(frozen=True)
class ModelView:
    """The figures of one modality set.

    Attributes:
        name: of the modality set.
        by_name: all modality sets, the largest first.
        experts: (name, weight) of each that looks at this modality set, the heaviest first.
        figures: by out-of-fold predictions.
        assigned: the model's own point on the risk-coverage curve.
        planes: of the risk-coverage curve and of the reliability diagram.
        roots: the tree.
        weakest: the categories with the lowest accuracy, of those with enough products to tell.
    """

    name: str
    by_name: dict[str, ModalitySetSummary]
    experts: list[tuple[str, float]]
    figures: OofFigures
    assigned: Assigned
    planes: tuple[Plane, Plane]
    roots: list[Branch]
    weakest: list[NodeScore]


def view_of(model: Classifier, wanted: str = "") -> ModelView:
    """The view of a modality set, or of the largest one where the model does not know it."""
    found = sorted(model.summary().by_modalities, key=lambda one: -len(one.modalities))
    by_name = {one.name: one for one in found}
    shown = by_name.get(wanted, found[0])
    figures = oof_figures(shown, model.taxonomy_)
    return ModelView(
        name=shown.name,
        by_name=by_name,
        experts=sorted(shown.weights.items(), key=lambda pair: -pair[1]),
        figures=figures,
        assigned=Assigned(
            figures.assigned * figures.rows, figures.assigned, figures.assigned_precision or 0.0
        ),
        planes=(risk_plane(figures.risk_coverage), share_plane()),
        roots=branches(figures.tree),
        weakest=weakest(figures.tree),
    )


def branches(scores: Sequence[NodeScore]) -> list[Branch]:
    """Nodes, listed depth first, as a tree."""
    nodes = {score.path: Branch(score) for score in scores}
    for path, branch in nodes.items():
        if len(path) > 1:
            nodes[path[:-1]].children.append(branch)
    return [branch for path, branch in nodes.items() if len(path) == 1]


def weakest(scores: Sequence[NodeScore]) -> list[NodeScore]:
    """The leaves with the lowest accuracy, of those with enough products."""
    inner = {score.path[:-1] for score in scores}
    leaves = [score for score in scores if score.path not in inner and score.rows >= _FEW]
    flawed = [score for score in leaves if (score.accuracy or 0.0) < 1]
    return sorted(flawed, key=lambda score: score.accuracy or 0.0)[:_WEAKEST]


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
