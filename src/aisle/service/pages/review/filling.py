"""A table that somebody uploads: the model places its products, and what it doubts is queued."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from aisle.data.columns import Columns
from aisle.data.products import Products
from aisle.errors import AisleError
from aisle.review.desk import Desk
from aisle.review.entries import Added, Entry, read_value
from aisle.schema import Decision, Prediction, Product
from aisle.service.answering import Question
from aisle.service.answers import check_read
from aisle.service.api.errors import RefusedError, unprocessable
from aisle.service.batcher import Outcome
from aisle.service.engine import Engine
from aisle.service.logs import log_trouble
from aisle.service.products import Parts, to_product
from aisle.service.review.desk_service import at_the_desk
from aisle.service.review.upload_reading import read_upload
from aisle.service.settings import Limits

_SHOWN_FAILURES = 20
_VALUE = "value"


@dataclass
class Filling:
    """How far an upload is.

    Attributes:
        name: of the file, as its sender calls it.
        reviewer: who sent it.
        total: rows of the table; 0 until it has been read.
        done: rows that have been looked at.
        placed: products that the model was sure of; they are not queued.
        added: what the desk said of the others.
        failed: how many rows could not be used.
        failures: a sentence for the first of them.
        notes: what the sender should know of how the table was read.
        error: why it ended early, or an empty string.
        finished: whether nothing more happens.
    """

    name: str
    reviewer: str
    total: int = 0
    done: int = 0
    placed: int = 0
    added: Added = field(default_factory=Added)
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    error: str = ""
    finished: bool = False

    def fail(self, row: int, sentence: str) -> None:
        """Counts a row that cannot be used."""
        self.failed += 1
        if len(self.failures) < _SHOWN_FAILURES:
            self.failures.append(f"Row {row}: {sentence}")


@dataclass(frozen=True)
class _Row:
    number: int
    product: Product
    value: float


class Filler:
    """Reads, places and queues the products of a table.

    Args:
        engine: what places them.
        desk: where they are queued.
        limits: what a product may bring.
    """

    def __init__(self, engine: Engine, desk: Desk, limits: Limits) -> None:
        self._engine = engine
        self._desk = desk
        self._limits = limits

    async def fill(self, filling: Filling, file: Path) -> None:
        """Queues the products of a table; `filling` tells how far it is and what went wrong.

        Args:
            filling: is kept up to date.
            file: the table, with the ending of its kind.
        """
        try:
            products, filling.notes = await asyncio.to_thread(read_upload, file, self._limits)
            filling.total = len(products)
            for rows in self._groups(products, filling):
                await self._queue(rows, filling)
        except AisleError as error:
            filling.error = str(error).replace(str(file), filling.name)
        except Exception as error:
            log_trouble("an upload could not be queued", error)
            filling.error = "the table could not be queued; this has been logged"
        filling.finished = True

    def _groups(self, products: Products, filling: Filling) -> Iterator[list[_Row]]:
        """Rows that are answered together; what cannot be used is counted as failed."""
        values = _values(products.table)
        together = self._engine.pace.together
        for start in range(0, len(products), together):
            rows = []
            for row in range(start, min(start + together, len(products))):
                try:
                    product = _checked(products.items[row], products.columns, self._limits)
                    rows.append(_Row(row + 1, product, values[row]))
                except RefusedError as error:
                    filling.fail(row + 1, str(error))
            yield rows
            filling.done = min(start + together, len(products))

    async def _queue(self, rows: Sequence[_Row], filling: Filling) -> None:
        outcomes = await self._engine.classify_all([Question(row.product) for row in rows])
        entries = []
        for row, outcome in zip(rows, outcomes, strict=True):
            try:
                answer = _answered(row.product, outcome)
                self._engine.meters.decisions.labels(answer.decision, answer.status).inc()
                if answer.decision is Decision.ASSIGN:
                    filling.placed += 1
                else:
                    entries.append(Entry(row.product, answer, row.value))
            except AisleError as error:
                filling.fail(row.number, str(error))
        if entries:
            filling.added += await at_the_desk(lambda: self._desk.add(entries))


def _answered(product: Product, outcome: Outcome) -> Prediction:
    """The answer of the model.

    Raises:
        RefusedError: there is none, or nothing of the product could be read.
    """
    if isinstance(outcome, Exception):
        raise unprocessable("the product could not be answered")
    check_read(product, outcome)
    return outcome


def _checked(product: Product, columns: Columns, limits: Limits) -> Product:
    """The product within the limits; without a key it is known by its content.

    Raises:
        RefusedError: there is nothing to look at, or too much.
    """
    pictures = [image for image in product.images if isinstance(image, bytes)]
    key = product.id if columns.id else _content_key(product.texts, pictures)
    return to_product(Parts(key, product.texts, pictures), key, limits)


def _content_key(texts: Sequence[str], pictures: Sequence[bytes]) -> str:
    digest = hashlib.sha256("\x1f".join(texts).encode("utf-8", "surrogatepass"))
    for picture in pictures:
        digest.update(hashlib.sha256(picture).digest())
    return digest.hexdigest()[:20]


def _values(table: pa.Table) -> list[float]:
    """What a right category of each product is worth, where a column says it."""
    if _VALUE not in table.column_names:
        return [0.0] * table.num_rows
    return [read_value(cell) or 0.0 for cell in table.column(_VALUE).to_pylist()]
