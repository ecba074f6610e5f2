"""The review desk with many products waiting, on SQLite and on PostgreSQL where that is installed.

What is added has texts of its own and a small picture; one in ten is nearly the same as the one
before it. Each call is timed from outside, one caller at a time.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from aisle.review.desk import Desk
from aisle.review.entries import Entry
from aisle.review.picture_store import PictureStore
from aisle.review.records import Order
from aisle.review.store import open_database
from aisle.schema import Candidate, CategoryPath, Decision, Prediction, Product, Status
from benchmarks.common import print_table
from tests.helpers.postgres import AbsentPostgresError, empty_database, postgres_server

PRODUCTS = 10_000
ALIKE = 10
"""One product in ten is nearly the same as the one before it."""
CALLS = 500
SIDE = 64
"""Of pictures, in pixels."""
MUGS: CategoryPath = ("Kitchen", "Mugs")
PANS: CategoryPath = ("Kitchen", "Pans")


def main() -> None:
    entries = list(some_entries())
    rows = []
    for name, database in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        try:
            with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as url:
                rows.append((name, *measured(url, Path(folder), entries)))
        except AbsentPostgresError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    calls = ("lease", "lease, by value", "assign", "progress", "queue of 50")
    header = ("database", "products/s added", *(f"{call}, ms" for call in calls))
    print_table(f"{PRODUCTS:,} products wait; p50 / p99 of {CALLS} calls", header, rows)


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'aisle.db'}"


@contextmanager
def postgresql(_: Path) -> Iterator[str]:
    with postgres_server() as server, empty_database(server, "aisle") as url:
        yield url


def measured(url: str, folder: Path, entries: Sequence[Entry]) -> list[str]:
    """The figures of one database, as the table prints them."""
    desk = Desk(open_database(url), PictureStore(folder / "pictures"))
    try:
        started = time.perf_counter()
        desk.add(entries)
        rate = len(entries) / (time.perf_counter() - started)
        reads = [times(desk.progress), times(desk.queue)]
        leases: list[str] = []
        by_value = times(lambda: take(desk, leases, Order.VALUABLE))
        for lease in leases:
            desk.release(lease)
        leases.clear()
        by_confidence = times(lambda: take(desk, leases, Order.WORST))
        left = iter(leases)
        assigned = times(lambda: desk.assign(next(left), MUGS, "Ada"))
        calls = (by_confidence, by_value, assigned, *reads)
        return [f"{rate:,.0f}", *map(spread_of, calls)]
    finally:
        desk.close()


def take(desk: Desk, leases: list[str], order: Order) -> None:
    task = desk.lease("Ada", order)
    assert task is not None
    leases.append(task.lease)


def times(call: Callable[[], object]) -> list[float]:
    """Milliseconds of each of many calls."""
    found = []
    for _ in range(CALLS):
        started = time.perf_counter()
        call()
        found.append((time.perf_counter() - started) * 1000)
    return found


def spread_of(found: Sequence[float]) -> str:
    return f"{np.percentile(found, 50):.1f} / {np.percentile(found, 99):.1f}"


def some_entries() -> Iterator[Entry]:
    random = np.random.default_rng(0)
    texts, pixels = texts_of(random), pixels_of(random)
    for number in range(PRODUCTS):
        if number % ALIKE == 0:
            texts = (texts[0] + " new", texts[1])
            pixels = np.clip(pixels + random.normal(0, 1, pixels.shape), 0, 255)
        else:
            texts, pixels = texts_of(random), pixels_of(random)
        product = Product(f"p{number}", texts, (jpeg(pixels),))
        confidence, value = random.random(2).tolist()
        yield Entry(product, doubtful(product.id, confidence), value)


def texts_of(random: np.random.Generator) -> tuple[str, str]:
    """A title of 10 words and a description of 60."""
    words = [f"word{number}" for number in random.integers(0, 20_000, 70)]
    return " ".join(words[:10]), " ".join(words[10:])


def pixels_of(random: np.random.Generator) -> np.ndarray:
    coarse = random.integers(20, 235, (8, 8, 3)).astype(np.float64)
    return np.kron(coarse, np.ones((SIDE // 8, SIDE // 8, 1)))


def jpeg(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(stream, "JPEG", quality=85)
    return stream.getvalue()


def doubtful(key: str, confidence: float) -> Prediction:
    return Prediction(
        id=key,
        category=MUGS,
        confidence=confidence,
        levels=(),
        alternatives=(Candidate(PANS, confidence / 2),),
        decision=Decision.REVIEW,
        decision_reason="below the threshold",
        modalities=("text", "image"),
        status=Status.OK,
    )


if __name__ == "__main__":
    main()
