"""What reviewers see of the queue, as HTML in which all text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aisle.review.progress import in_words
from aisle.review.records import DecisionRecord, Progress, QueuedProduct, Task
from aisle.schema import Candidate, CategoryPath
from aisle.service.pages.rendering import filled
from aisle.service.pages.review.room import ReviewRoom

_TITLE_CHARACTERS = 140
TOGETHER = 50
"""How many past decisions are shown at a time."""


class Whose(StrEnum):
    """Whose decisions are listed."""

    MINE = "mine"
    ALL = "all"


def task_view(
    task: Task, alike: Sequence[QueuedProduct], standing: DecisionRecord | None = None
) -> dict[str, Any]:
    """A product that a reviewer holds, as the page's script takes it.

    Args:
        task: what he holds.
        alike: its near-duplicates, as many as are shown.
        standing: what was decided, where he looks at it again.
    """
    product = task.product
    first, *others = [text for text in product.texts if text] or [""]
    title = _title(product)
    page = filled(
        "review_task.html",
        product=product,
        title=title,
        texts=[*([first] if title != first else []), *others],
        shortlist=shortlist(product),
        alike=alike,
        count=max(task.alike, len(alike)),
        standing=standing,
    )
    return {
        "lease": task.lease,
        "seconds": (task.expires - datetime.now(UTC)).total_seconds(),
        "key": product.key,
        "title": title,
        "pictures": [picture_address(digest) for digest in product.pictures[:1]],
        "html": page,
    }


def past_view(records: Sequence[DecisionRecord]) -> str:
    """Past decisions as a list, `TOGETHER` of them, with a button that asks for those left over."""
    shown = records[:TOGETHER]
    rows = [(record, _title(record)) for record in shown]
    older = shown[-1].id if len(records) > TOGETHER else None
    return filled("review_past.html", rows=rows, older=older)


def shortlist(product: QueuedProduct) -> tuple[Candidate, ...]:
    """What the keys stand for: the model's answer first."""
    if product.shortlist or product.category is None:
        return product.shortlist
    return (Candidate(product.category, product.confidence),)


def picture_address(digest: str, width: int = 0) -> str:
    """Where a kept picture is shown."""
    return f"/review/pictures/{digest}" + (f"?width={width}" if width else "")


def matches_view(paths: Sequence[CategoryPath]) -> str:
    """What a search in the tree has found."""
    return filled("review_matches.html", paths=paths)


def empty_view(progress: Progress) -> str:
    """What stands in a product's place where none is left."""
    decided = progress.decided + progress.no_category
    return filled("review_empty.html", held=progress.held, decided=decided)


def figures_view(room: ReviewRoom, progress: Progress, reviewer: str) -> str:
    """How far the queue is, and how fast it goes.

    Args:
        room: knows the pace.
        progress: knows the numbers.
        reviewer: who looks at it.
    """
    waiting = progress.waiting + progress.held
    return filled(
        "review_figures.html",
        waiting=waiting,
        skipped=progress.skipped,
        decided=progress.decided,
        no_category=progress.no_category,
        last_hour=progress.decided_last_hour,
        mine=progress.by_reviewer.get(reviewer, 0),
        my_rate=room.throughput.per_minute(reviewer),
        rate=room.throughput.per_minute(),
        left=in_words(room.throughput.minutes_left(waiting)) if waiting else "none",
    )


def _title(product: QueuedProduct | DecisionRecord) -> str:
    first = next(filter(None, product.texts), "")
    if len(first) > _TITLE_CHARACTERS:
        return f"{first[:_TITLE_CHARACTERS]}…"
    return first or f"Product {product.key}"
