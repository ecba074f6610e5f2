"""What reviewers' programs send and get, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from aisle.review.records import Action, DecisionRecord, Order, QueuedProduct, Task
from aisle.schema import CategoryPath
from aisle.service.products import ProductIn

_TOKEN = r"^[\w-]{1,100}$"
_STORABLE = r"^[^\x00]+$"
_VERSION = r"^[0-9a-f]{16}$"
_LARGEST_ID = 2**63 - 1
_NAMES = 100
_KEYS = 1_000

Token = Annotated[str, Field(pattern=_TOKEN, description="The lease, as it was given.")]
Name = Annotated[str, Field(max_length=1_000, pattern=_STORABLE)]
Version = Annotated[str, Field(pattern=_VERSION)]
DecisionId = Annotated[int, Field(ge=1, le=_LARGEST_ID)]
Path = Annotated[list[Name], Field(min_length=1, max_length=_NAMES)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CandidateIn(BaseModel):
    """A category and its probability."""

    category: Path
    confidence: Share


class AnswerIn(BaseModel):
    """An answer as /v1/classify sends it; fields that are not named here may come along."""

    category: Path | None
    confidence: Share
    alternatives: Annotated[list[CandidateIn], Field(max_length=_KEYS)] = []
    decision_reason: Annotated[str, Field(max_length=_KEYS)] = ""


class QueuedIn(ProductIn):
    """A product for the queue."""

    model_config = ConfigDict(title="ReviewProduct")

    value: float = Field(0.0, allow_inf_nan=False, description="What a right category is worth.")
    answer: AnswerIn | None = Field(
        None, description="What a model said of it; without one the model of the service is asked."
    )


class LeaseIn(_Given):
    """Which product comes next."""

    order: Order = Order.WORST


class DecisionIn(_Given):
    """What a reviewer decides of the product that he holds."""

    lease: Token
    action: Action
    category: Path | None = Field(None, description="To assign: a category of the tree.")
    also: Annotated[dict[Name, Version], Field(max_length=_KEYS)] = Field(
        {},
        description="To assign: near-duplicates that get the same category, by their keys the"
        " versions that were shown; one that has changed since is left out.",
    )


class UndoIn(_Given):
    """Which decision is taken back."""

    decision: DecisionId = Field(description="The id of the decision, as its answer says it.")


class FailedLine(BaseModel):
    """A line that could not be taken, and why."""

    line: int
    error: str


class Taken(BaseModel):
    """What became of the lines.

    `placed` were assigned by the model of the service and are not in the queue; `failed` tells of
    the first thousand of `failures`.
    """

    new: int
    renewed: int
    decided: int
    placed: int
    failures: int
    failed: list[FailedLine]


class Held(BaseModel):
    """The product that a reviewer holds now, or null where none waits."""

    task: Task | None


class Renewed(BaseModel):
    """Until when a product is held."""

    expires: datetime


class Decided(BaseModel):
    """A decision that is kept; `decided` counts the products that wait no more."""

    id: int
    key: str
    action: Action
    category: CategoryPath | None
    reviewer: str
    at: datetime
    decided: int

    @classmethod
    def of(cls, records: Sequence[DecisionRecord]) -> Decided:
        """The record on the leased product, which is the first, as callers see it."""
        record = records[0]
        return cls(
            id=record.id,
            key=record.key,
            action=record.action,
            category=record.category,
            reviewer=record.reviewer,
            at=record.at,
            decided=0 if record.action is Action.SKIP else len(records),
        )


class Listed(BaseModel):
    """Products of the queue."""

    products: list[QueuedProduct]


_LINES = (
    '{"id": "B07", "text": "analog watch", "value": 12.5}\n'
    '{"id": "B08", "text": "coffee mug", "answer": {"category": ["Kitchen", "Mugs"],'
    ' "confidence": 0.41, "decision_reason": "below the threshold"}}\n'
)
_PRODUCT: dict[str, Any] = {
    "key": "B08",
    "texts": ["Coffee mug"],
    "pictures": [],
    "category": ["Kitchen", "Mugs"],
    "confidence": 0.41,
    "reason": "below the threshold",
    "shortlist": [{"category": ["Kitchen", "Mugs"], "confidence": 0.41}],
    "value": 0.0,
    "skips": 0,
    "version": "9c1185a5c5e9fc54",
}
_LEASE = "J3hV0bL0sYkq5n0c1xq4Zw"
_TASK = {"lease": _LEASE, "expires": "2030-01-31T12:03:00Z", "product": _PRODUCT, "alike": 0}
_DECISION = {
    "lease": _LEASE,
    "action": "assign",
    "category": ["Kitchen", "Mugs"],
    "also": {"B09": "9c1185a5c5e9fc54"},
}
_DECIDED = {
    "id": 1,
    "key": "B08",
    "action": "assign",
    "category": ["Kitchen", "Mugs"],
    "reviewer": "Ada",
    "at": "2030-01-31T12:01:00Z",
    "decided": 2,
}
_TAKEN = {
    "new": 1,
    "renewed": 0,
    "decided": 0,
    "placed": 1,
    "failures": 1,
    "failed": [{"line": 3, "error": "the line is empty"}],
}
_PROGRESS = {
    "waiting": 120,
    "held": 2,
    "decided": 75,
    "no_category": 3,
    "skipped": 3,
    "decided_last_hour": 60,
    "by_reviewer": {"Ada": 50, "Grace": 28},
}
EXAMPLES: Mapping[str, Any] = {
    "taken": _TAKEN,
    "held": {"task": _TASK},
    "renewed": {"expires": "2030-01-31T12:05:00Z"},
    "decided": _DECIDED,
    "listed": {"products": [_PRODUCT]},
    "progress": _PROGRESS,
}
"""What answers look like, for /docs."""


def queued_lines(media_type: str) -> dict[str, Any]:
    """The body of /v1/review/products for OpenAPI."""
    return _body(media_type, {"type": "string"}, _LINES)


def lease_body() -> dict[str, Any]:
    """The body of /v1/review/lease for OpenAPI."""
    return _body("application/json", _schema(LeaseIn), {"order": "worst"})


def decision_body() -> dict[str, Any]:
    """The body of /v1/review/decisions for OpenAPI."""
    return _body("application/json", _schema(DecisionIn), _DECISION)


def answers_with(name: str) -> dict[int | str, dict[str, Any]]:
    """The example of a good answer for OpenAPI."""
    return {200: {"content": {"application/json": {"example": EXAMPLES[name]}}}}


def undo_body() -> dict[str, Any]:
    """The body of /v1/review/undo for OpenAPI."""
    return _body("application/json", _schema(UndoIn), {"decision": 1})


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a body; the enumerations in it stand in the answers' schemas, too."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


def _body(media_type: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
    content = {media_type: {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}
