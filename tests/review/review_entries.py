"""Products for a desk, a clock that tests move, and what the records of a desk say."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from aisle.review.entries import Entry
from aisle.review.records import Action, Order, Task
from aisle.schema import Candidate, CategoryPath, Decision, Prediction, Product, Status

if TYPE_CHECKING:
    from aisle.review.desk import Desk

MUGS: CategoryPath = ("Kitchen", "Mugs")
PANS: CategoryPath = ("Kitchen", "Pans")

SAME = "one and the same text of a listing that came in five times"

LISTED = 20
"""How many near-duplicates the desk of the tests lists."""

REACH = 3
"""How many groups of a bucket it compares a product with."""


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2030, 1, 31, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def answer(key: str, confidence: float = 0.5) -> Prediction:
    return Prediction(
        id=key,
        category=MUGS,
        confidence=confidence,
        levels=(),
        alternatives=(Candidate(PANS, confidence / 2),),
        decision=Decision.REVIEW,
        decision_reason="below the threshold",
        modalities=(),
        status=Status.OK,
    )


def entry(
    key: str,
    confidence: float = 0.5,
    value: float = 0.0,
    texts: Sequence[str] | None = None,
    pictures: Sequence[bytes] = (),
) -> Entry:
    words = (own_text(key),) if texts is None else tuple(texts)
    return Entry(Product(key, words, tuple(pictures)), answer(key, confidence), value)


def own_text(key: str) -> str:
    """A text that shares no word with that of another key."""
    return " ".join(f"{key}word{number}" for number in range(8))


def picture(seed: int, noise: float = 0.0, form: str = "PNG") -> bytes:
    """A picture of its own; with some noise it is nearly the same."""
    random = np.random.default_rng(seed)
    pixels = np.kron(random.integers(30, 225, (6, 6, 3)), np.ones((8, 8, 1)))
    pixels = np.clip(
        pixels + np.random.default_rng(1).normal(0, noise + 1e-9, pixels.shape), 0, 255
    )
    stream = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(stream, form)
    return stream.getvalue()


def undo_last(desk: Desk, reviewer: str) -> Task | None:
    """Takes back what a reviewer did last."""
    last = desk.last_decision(reviewer)
    return None if last is None else desk.undo(last.id, reviewer)


def shown_with(desk: Desk, task: Task) -> dict[str, str]:
    """The versions of the near-duplicates that are shown with a product, by their keys."""
    return {one.key: one.version for one in desk.alike(task.lease)}


def take(desk: Desk, reviewer: str = "Ada", order: Order = Order.WORST) -> Task:
    task = desk.lease(reviewer, order)
    assert task is not None
    return task


def take_all(desk: Desk, order: Order = Order.WORST) -> list[str]:
    keys = []
    while task := desk.lease("Ada", order):
        keys.append(task.product.key)
    return keys


def add_alike(desk: Desk, keys: Sequence[str]) -> None:
    desk.add([entry(key, texts=[SAME]) for key in keys])


def decided(desk: Desk) -> list[tuple[str, Action]]:
    return [(one.key, one.action) for one in desk.decisions()]
