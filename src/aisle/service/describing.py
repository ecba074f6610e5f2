"""The model and its tree as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from aisle._version import __version__
from aisle.classifier import Classifier
from aisle.schema import CategoryPath


class Node(BaseModel):
    """A node of the category tree; `category` says whether products are put right here."""

    name: str
    category: bool = False
    children: list[Node] = []


class Tree(BaseModel):
    """The category tree."""

    categories: int
    depth: int
    roots: list[Node]


class PatternFigures(BaseModel):
    """How good answers are by held-out products of one pattern of evidence.

    `threshold` is null where no precision could be promised: then nothing is assigned.
    """

    rows: int
    accuracy: float
    best_single: str
    best_single_accuracy: float
    threshold: float | None
    promised_precision: float | None
    assigned: float


class ModelCard(BaseModel):
    """What answers."""

    name: str
    aisle: str
    format: int
    loaded: datetime
    categories: int
    depth: int
    rows: int
    precision: float
    texts: list[str]
    patterns: dict[str, PatternFigures]


def tree_of(categories: Sequence[CategoryPath]) -> dict[str, Any]:
    """The tree as nested `Node`s, in the order of the categories."""
    roots: list[dict[str, Any]] = []
    nodes: dict[CategoryPath, dict[str, Any]] = {}
    for path in categories:
        siblings = roots
        for depth in range(1, len(path) + 1):
            node = nodes.get(path[:depth])
            if node is None:
                node = {"name": path[depth - 1], "category": False, "children": []}
                nodes[path[:depth]] = node
                siblings.append(node)
            siblings = node["children"]
        nodes[path]["category"] = True
    return {"categories": len(categories), "depth": max(map(len, categories)), "roots": roots}


def card_of(model: Classifier, name: str, loaded: datetime) -> ModelCard:
    """What a model is, under the name of its folder."""
    summary = model.summary()
    patterns = {
        one.name: PatternFigures(
            rows=one.rows,
            accuracy=one.accuracy,
            best_single=one.best_single,
            best_single_accuracy=one.best_single_accuracy,
            threshold=one.threshold.value if one.threshold.promised else None,
            promised_precision=one.threshold.bound if one.threshold.promised else None,
            assigned=one.threshold.coverage,
        )
        for one in summary.by_modalities
    }
    return ModelCard(
        name=name,
        aisle=__version__,
        format=model.model_format,
        loaded=loaded,
        categories=len(model.classes_),
        depth=model.taxonomy_.depth,
        rows=summary.fit.rows,
        precision=model.precision,
        texts=list(model.columns_.text),
        patterns=patterns,
    )
