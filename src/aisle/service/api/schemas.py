"""What the API takes and gives, as JSON with examples for /docs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from aisle._version import __version__
from aisle.classifier import Classifier
from aisle.schema import CategoryPath

LINES = "application/x-ndjson"
"""The media type of JSON Lines."""

_PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)
_PRODUCTS = {
    "text": {
        "summary": "Text alone",
        "value": {"id": "B07", "texts": ["Analog watch", "Leather strap, for men"]},
    },
    "both": {
        "summary": "Text and picture",
        "value": {"id": "B08", "text": "Ceramic coffee mug, 330 ml", "image": _PICTURE},
    },
}
_FORM = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "text": {"type": "array", "items": {"type": "string"}},
        "image": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
}

Key = Annotated[str, Field(max_length=1_000)] | int


class ProductIn(BaseModel):
    """A product as JSON: text, pictures, or both."""

    model_config = ConfigDict(extra="forbid", strict=True, title="Product")

    id: Key | None = Field(None, description="The shop's own key; it comes back with the answer.")
    text: str | None = Field(None, description="What is written about the product.")
    texts: list[str] | None = Field(
        None, description="The same in several fields, the most telling first: title, description."
    )
    image: str | None = Field(None, description="A picture: the bytes of its file as base64.")
    images: list[str] | None = Field(None, description="Several pictures, the main one first.")


class Failure(BaseModel):
    """Why there is no answer, in one sentence."""

    error: str


class Health(BaseModel):
    """How the service is."""

    status: str


class TreeNode(BaseModel):
    """A node of the category tree; `category` says whether products are put right here."""

    name: str
    category: bool = False
    children: list[TreeNode] = []


class CategoryTree(BaseModel):
    """The category tree."""

    categories: int
    depth: int
    roots: list[TreeNode]


class ModalitySetFigures(BaseModel):
    """How good the answers to products with one set of modalities are, on validation rows.

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
    """The model that answers."""

    name: str
    aisle: str
    format: int
    loaded: datetime
    categories: int
    depth: int
    rows: int
    precision: float
    texts: list[str]
    by_modalities: dict[str, ModalitySetFigures]


FAILURES: dict[int | str, dict[str, Any]] = {
    status: {"model": Failure, "description": HTTPStatus(status).phrase}
    for status in (400, 401, 403, 408, 413, 415, 422, 503, 504)
}
"""What every route may answer, for OpenAPI."""


def product_body() -> dict[str, Any]:
    """The body of /v1/classify, JSON or a form, for OpenAPI."""
    content = {
        "application/json": {"schema": ProductIn.model_json_schema(), "examples": _PRODUCTS},
        "multipart/form-data": {"schema": _FORM},
    }
    return {"requestBody": {"required": True, "content": content}}


def raw_body(media_type: str, example: str) -> dict[str, Any]:
    """A body that a route reads itself, for OpenAPI."""
    content = {media_type: {"schema": {"type": "string"}, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def tree_of(categories: Sequence[CategoryPath]) -> CategoryTree:
    """The tree as nested nodes, in the order of the categories."""
    roots: list[TreeNode] = []
    nodes: dict[CategoryPath, TreeNode] = {}
    for path in categories:
        siblings = roots
        for depth in range(1, len(path) + 1):
            node = nodes.get(path[:depth])
            if node is None:
                node = nodes[path[:depth]] = TreeNode(name=path[depth - 1])
                siblings.append(node)
            siblings = node.children
        nodes[path].category = True
    return CategoryTree(categories=len(categories), depth=max(map(len, categories)), roots=roots)


def card_of(model: Classifier, name: str, loaded: datetime) -> ModelCard:
    """What a model is, under the name of its folder."""
    summary = model.summary()
    by_modalities = {
        one.name: ModalitySetFigures(
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
        by_modalities=by_modalities,
    )
