"""What reviewers' programs send and get, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from aisle.review.records import Action, DecisionRecord, Order, QueuedProduct, Task
from aisle.schema import CategoryPath
from aisle.service.api.schemas import ProductIn

_TOKEN = r"^[\w-]{1,100}$"
_STORABLE = r"^[^\x00]+$"
_VERSION = r"^[0-9a-f]{16}$"
_LARGEST_ID = 2**63 - 1
_NAMES = 100
_KEYS = 1_000
_LEASES = 16

Token = Annotated[str, Field(pattern=_TOKEN, description="The lease, as it was given.")]
Name = Annotated[str, Field(max_length=1_000, pattern=_STORABLE)]
Version = Annotated[str, Field(pattern=_VERSION)]
DecisionId = Annotated[int, Field(ge=1, le=_LARGEST_ID)]
CategoryNames = Annotated[list[Name], Field(min_length=1, max_length=_NAMES)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


LINES_EXAMPLE = (
    '{"id": "B07", "text": "analog watch", "value": 12.5}\n'
    '{"id": "B08", "text": "coffee mug", "answer": {"category": ["Kitchen", "Mugs"],'
    ' "confidence": 0.41, "decision_reason": "below the threshold"}}\n'
)
_PRODUCT: JsonDict = {
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
_TASK: JsonDict = {
    "lease": _LEASE,
    "expires": "2030-01-31T12:03:00Z",
    "seconds": 180.0,
    "product": _PRODUCT,
    "alike": 0,
    "standing": None,
}
_RENEWED: JsonDict = {"expires": "2030-01-31T12:05:00Z", "seconds": 180.0}
_DECISION: JsonDict = {
    "lease": _LEASE,
    "action": "assign",
    "category": ["Kitchen", "Mugs"],
    "also": {"B09": "9c1185a5c5e9fc54"},
}
_DECIDED: JsonDict = {
    "id": 1,
    "key": "B08",
    "action": "assign",
    "category": ["Kitchen", "Mugs"],
    "reviewer": "Ada",
    "at": "2030-01-31T12:01:00Z",
    "decided": 2,
}
_TAKEN: JsonDict = {
    "new": 1,
    "renewed": 0,
    "decided": 0,
    "assigned": 1,
    "failures": 1,
    "failed": [{"line": 3, "error": "the line is empty"}],
}
_PROGRESS: JsonDict = {
    "waiting": 120,
    "held": 2,
    "decided": 75,
    "no_category": 3,
    "skipped": 3,
    "decided_last_hour": 60,
    "by_reviewer": {"Ada": 50, "Grace": 28},
    "reviewer": "Ada",
    "mine": 50,
    "per_minute": 9.5,
    "per_minute_mine": 6.0,
    "minutes_left": 12.8,
}
_RECORD: JsonDict = {
    "id": 1,
    "key": "B08",
    "texts": ["Coffee mug"],
    "pictures": [],
    "action": "assign",
    "category": ["Kitchen", "Mugs"],
    "reviewer": "Ada",
    "at": "2030-01-31T12:01:00Z",
    "undone_at": None,
}
_UPLOAD: JsonDict = {
    "name": "products.csv",
    "reviewer": "Ada",
    "total": 3,
    "done": 3,
    "assigned": 1,
    "new": 1,
    "renewed": 0,
    "decided": 0,
    "failed": 1,
    "failures": ["Row 3: there is nothing to look at; give text, image or both"],
    "notes": ["Read as texts: title."],
    "error": "",
    "finished": True,
}


def _example(content: JsonDict) -> ConfigDict:
    """Settings of a model that /docs shows by an example."""
    return ConfigDict(json_schema_extra={"examples": [content]})


class Whose(StrEnum):
    """Whose decisions are listed."""

    MINE = "mine"
    ALL = "all"


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _WithRelease(_Given):
    release: Annotated[list[Token], Field(max_length=_LEASES)] = Field(
        [], description="Leases that are given back with it, such as those held ahead."
    )


class CandidateIn(BaseModel):
    """A category and its probability."""

    category: CategoryNames
    confidence: Share


class AnswerIn(BaseModel):
    """An answer as /v1/classify sends it; fields that are not named here may come along."""

    category: CategoryNames | None
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

    model_config = _example({"order": "worst"})

    order: Order = Order.WORST


class DecisionIn(_WithRelease):
    """What a reviewer decides of a product that is held."""

    model_config = _example(_DECISION)

    lease: Token
    action: Action
    category: CategoryNames | None = Field(None, description="To assign: a category of the tree.")
    also: Annotated[dict[Name, Version], Field(max_length=_KEYS)] = Field(
        {},
        description="To assign: near-duplicates that get the same category, by their keys the"
        " versions that were shown; one that has changed since is left out.",
    )


class PastDecisionIn(_WithRelease):
    """A decision to take back, or to look at again."""

    model_config = _example({"decision": 1})

    decision: DecisionId = Field(description="The id of the decision, as its answer says it.")


class FailedLine(BaseModel):
    """A line that could not be taken, and why."""

    line: int
    error: str


class Taken(BaseModel):
    """What became of the lines.

    `assigned` were assigned by the model of the service and are not in the queue; `failed` lists
    the first thousand of `failures`.
    """

    model_config = _example(_TAKEN)

    new: int
    renewed: int
    decided: int
    assigned: int
    failures: int
    failed: list[FailedLine]


class HeldTask(BaseModel):
    """A product that a reviewer holds.

    `seconds` is how long it is held from now on; `alike` counts its near-duplicates that wait;
    `standing` is the decision on it that stands until it is decided anew.
    """

    lease: str
    expires: datetime
    seconds: float
    product: QueuedProduct
    alike: int
    standing: DecisionRecord | None

    @classmethod
    def of(cls, task: Task, standing: DecisionRecord | None = None) -> HeldTask:
        """The task as callers see it."""
        return cls(
            lease=task.lease,
            expires=task.expires,
            seconds=seconds_until(task.expires),
            product=task.product,
            alike=task.alike,
            standing=standing,
        )


class Held(BaseModel):
    """The product that a reviewer holds now, or null where there is none to hold."""

    model_config = _example({"task": _TASK})

    task: HeldTask | None


class Renewed(BaseModel):
    """Until when a product is held."""

    model_config = _example(_RENEWED)

    expires: datetime
    seconds: float


class Decided(BaseModel):
    """A decision that is kept; `decided` counts the products that wait no more."""

    model_config = _example(_DECIDED)

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

    model_config = _example({"products": [_PRODUCT]})

    products: list[QueuedProduct]


class LastDecision(BaseModel):
    """The decision that a reviewer can take back next, or null."""

    model_config = _example({"decision": _RECORD})

    decision: DecisionRecord | None


class History(BaseModel):
    """Past decisions, the newest first; `older` asks for those before them, null where none are."""

    model_config = _example({"decisions": [_RECORD], "older": None})

    decisions: list[DecisionRecord]
    older: int | None


class Found(BaseModel):
    """Categories of the tree, the best first."""

    model_config = _example({"categories": [["Kitchen", "Mugs"]]})

    categories: list[CategoryPath]


class DeskProgress(BaseModel):
    """How far the queue is, and how fast it goes; null where too few were decided to tell.

    Products a minute are those of the last five minutes, of the caller and of all together.
    """

    model_config = _example(_PROGRESS)

    waiting: int
    held: int
    decided: int
    no_category: int
    skipped: int
    decided_last_hour: int
    by_reviewer: dict[str, int]
    reviewer: str
    mine: int
    per_minute: float | None
    per_minute_mine: float | None
    minutes_left: float | None


class UploadState(BaseModel):
    """How far a table is that was uploaded.

    `done` of `total` rows have been looked at; `assigned` were assigned by the model of the service
    and are not in the queue; `failures` has a sentence for the first of those that `failed`.
    `error` says why it ended early.
    """

    model_config = _example(_UPLOAD)

    name: str
    reviewer: str
    total: int = 0
    done: int = 0
    assigned: int = 0
    new: int = 0
    renewed: int = 0
    decided: int = 0
    failed: int = 0
    failures: list[str] = []
    notes: list[str] = []
    error: str = ""
    finished: bool = False


class LatestUpload(BaseModel):
    """The table that was uploaded last, or null."""

    model_config = _example({"upload": _UPLOAD})

    upload: UploadState | None


def seconds_until(time: datetime) -> float:
    """How long it is until then."""
    return (time - datetime.now(UTC)).total_seconds()
