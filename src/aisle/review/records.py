"""The records of the review desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from aisle.schema import Candidate, CategoryPath

SHORTLIST = 5
"""How many categories a reviewer is offered."""


class Order(StrEnum):
    """What comes first; products that somebody skipped come after all others."""

    WORST = "worst"
    """By confidence, the lowest first."""

    VALUABLE = "valuable"
    """By value, the highest first; of the same value by confidence, the lowest first."""


class Action(StrEnum):
    """What a reviewer did with a product."""

    ASSIGN = "assign"
    SKIP = "skip"
    NO_CATEGORY = "no_category"
    """The reviewer found that none of the tree's categories fits."""


@dataclass(frozen=True, slots=True)
class QueuedProduct:
    """A product in the queue.

    Attributes:
        key: the shop's own key.
        texts: the text columns in their order.
        pictures: the digests of the pictures, the main one first; see `Pictures.read`.
        category: the model's answer, or None.
        confidence: the calibrated probability of `category`.
        reason: why the model sent it to a person, in one clause.
        shortlist: the most probable categories, the model's answer first, 5 at most.
        value: what a right category is worth.
        skips: how often it was skipped.
        version: stands for its texts and pictures; it changes when they change.
    """

    key: str
    texts: tuple[str, ...]
    pictures: tuple[str, ...]
    category: CategoryPath | None
    confidence: float
    reason: str
    shortlist: tuple[Candidate, ...]
    value: float
    skips: int
    version: str


@dataclass(frozen=True, slots=True)
class Task:
    """A product that a reviewer holds.

    Attributes:
        lease: the token of the lease; only this reviewer can decide with it.
        expires: when the lease ends, in UTC.
        product: what is to be decided.
        alike: how many near-duplicates of it wait and are free.
    """

    lease: str
    expires: datetime
    product: QueuedProduct
    alike: int


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """What a reviewer decided.

    Attributes:
        id: numbers decisions in their order.
        key: the product's.
        texts: the product's.
        pictures: the digests of the product's pictures.
        action: what was done.
        category: what was assigned; None for all but an assignment.
        reviewer: who did it.
        at: when, in UTC.
        undone_at: when it was taken back, in UTC, or None.
    """

    id: int
    key: str
    texts: tuple[str, ...]
    pictures: tuple[str, ...]
    action: Action
    category: CategoryPath | None
    reviewer: str
    at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the queue is.

    Attributes:
        waiting: products that nobody holds and nobody has decided.
        held: products that a reviewer looks at.
        decided: products that have their category.
        no_category: products that none of the tree's categories fits.
        skipped: how many of those that wait were skipped.
        decided_last_hour: decisions of the last hour that stand, of both kinds.
        by_reviewer: how many products each reviewer has decided, with or without a category,
            without those taken back.
    """

    waiting: int
    held: int
    decided: int
    no_category: int
    skipped: int
    decided_last_hour: int
    by_reviewer: dict[str, int] = field(default_factory=dict)
