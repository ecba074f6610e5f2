"""What /docs shows: bodies that can be tried as they are."""

from __future__ import annotations

from typing import Any

from aisle.service.products import ProductIn

_PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)
_JSON = {
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
_LINES = '{"id": "B07", "text": "analog watch"}\n{"id": "B08", "text": "coffee mug"}\n'


def classify_body() -> dict[str, Any]:
    """The request body of /v1/classify for OpenAPI."""
    schema = ProductIn.model_json_schema()
    content = {
        "application/json": {"schema": schema, "examples": _JSON},
        "multipart/form-data": {"schema": _FORM},
    }
    return {"requestBody": {"required": True, "content": content}}


def lines_body(media_type: str) -> dict[str, Any]:
    """The request body of /v1/classify/batch for OpenAPI."""
    content = {media_type: {"schema": {"type": "string"}, "example": _LINES}}
    return {"requestBody": {"required": True, "content": content}}
