"""Tables that people upload: the model answers their products, and what it doubts is queued."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import pyarrow as pa

from aisle.data.columns import Columns
from aisle.data.products import Products
from aisle.errors import AisleError
from aisle.review.desk import Desk
from aisle.review.entries import read_value
from aisle.schema import Product
from aisle.service.api.errors import RefusedError, overloaded, unprocessable
from aisle.service.api.intake import RawProduct, to_product
from aisle.service.inference.engine import InferenceEngine
from aisle.service.observability import log_event, log_trouble
from aisle.service.review.desk_schemas import UploadState
from aisle.service.review.queue_filling import Arrival, Counts, QueueFiller
from aisle.service.review.upload_reading import read_upload
from aisle.service.settings import Limits

_ENDINGS = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".pq"})
_FAILURES_LISTED = 20
_VALUE = "value"


class TableUploads:
    """Takes a table at a time, and queues its products after the upload is answered.

    Args:
        desk: keeps the queue.
        engine: asks the model.
        limits: what a table and its products may bring.

    Attributes:
        latest: how far the latest upload is, or None.
    """

    def __init__(self, desk: Desk, engine: InferenceEngine, limits: Limits) -> None:
        self.latest: UploadState | None = None
        self._batch_size = engine.settings.batch_size
        self._limits = limits
        self._filler = QueueFiller(desk, engine)
        self._running: set[asyncio.Task[None]] = set()

    async def take(self, name: str, reviewer: str, body: AsyncIterable[bytes]) -> UploadState:
        """Receives a table, and begins to queue its products.

        Args:
            name: of the file, as its sender calls it.
            reviewer: who sends it.
            body: the file.

        Raises:
            RefusedError: it is no table or did not come whole, or another upload is under way.
        """
        ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
        if ending not in _ENDINGS:
            known = ", ".join(sorted(_ENDINGS))
            raise unprocessable(
                f"{name} is no table by its ending; known are {known}; save a spreadsheet as CSV"
            )
        if self.latest is not None and not self.latest.finished:
            raise overloaded(f"{self.latest.name} is still being queued", seconds=10)
        state = self.latest = UploadState(name=name, reviewer=reviewer)
        folder = tempfile.TemporaryDirectory(prefix="aisle-upload-")
        file = Path(folder.name) / f"table{ending}"
        try:
            await _receive(body, file)
        except BaseException as error:
            folder.cleanup()
            refused = isinstance(error, RefusedError)
            _finish(state, str(error) if refused else "it did not come whole")
            raise
        task = asyncio.create_task(self._run(state, file, folder))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return state

    async def finish(self, seconds: float) -> None:
        """Waits until what was accepted is queued; call it before the engine stops.

        Args:
            seconds: after which an upload ends early; `UploadState.error` and the log say so.
        """
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def fill(self, state: UploadState, file: Path) -> None:
        """Queues the products of a table.

        Args:
            state: is kept up to date, also with what went wrong.
            file: the table, with the ending of its kind.
        """
        try:
            products, notes = await asyncio.to_thread(read_upload, file, self._limits)
            state.notes, state.total = list(notes), len(products)
            counts = Counts()
            for arrivals, done in self._groups(products, state):
                await self._filler.fill(arrivals, counts, lambda row, why: _fail(state, row, why))
                _note(state, counts, done)
            _finish(state)
        except AisleError as error:
            _finish(state, str(error).replace(str(file), state.name))
        except Exception as error:
            log_trouble("an upload could not be queued", error)
            _finish(state, "the table could not be queued; this has been logged")

    async def _run(
        self, state: UploadState, file: Path, folder: tempfile.TemporaryDirectory[str]
    ) -> None:
        try:
            await self.fill(state, file)
        except asyncio.CancelledError:
            _finish(state, "the service stopped before all rows were queued; send the table again")
            log_event("warning", "an upload ended early", rows=state.total, done=state.done)
            raise
        finally:
            folder.cleanup()

    def _groups(
        self, products: Products, state: UploadState
    ) -> Iterator[tuple[list[Arrival], int]]:
        """Rows that are answered together, and how many have been looked at after them."""
        values = _values(products.table)
        together = self._batch_size
        for start in range(0, len(products), together):
            end, arrivals = min(start + together, len(products)), []
            for row in range(start, end):
                try:
                    product = _checked(products.items[row], products.columns, self._limits)
                    arrivals.append(Arrival(row + 1, product, values[row]))
                except RefusedError as error:
                    _fail(state, row + 1, str(error))
            yield arrivals, end


async def _receive(body: AsyncIterable[bytes], file: Path) -> None:
    with file.open("wb") as out:
        async for chunk in body:
            await asyncio.to_thread(out.write, chunk)


def _note(state: UploadState, counts: Counts, done: int) -> None:
    added = counts.added
    state.new, state.renewed, state.decided = added.new, added.renewed, added.decided
    state.assigned, state.done = counts.assigned, done


def _fail(state: UploadState, row: int, sentence: str) -> None:
    state.failed += 1
    if len(state.failures) < _FAILURES_LISTED:
        state.failures.append(f"Row {row}: {sentence}")


def _finish(state: UploadState, error: str = "") -> None:
    state.error, state.finished = error, True


def _checked(product: Product, columns: Columns, limits: Limits) -> Product:
    """The product within the limits; without an id it is known by its content.

    Raises:
        RefusedError: there is nothing to look at, or too much.
    """
    pictures = [image for image in product.images if isinstance(image, bytes)]
    key = product.id if columns.id else _content_key(product.texts, pictures)
    return to_product(RawProduct(key, product.texts, pictures), key, limits)


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
