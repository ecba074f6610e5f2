"""What commands exchange with a review desk: they send products and get decisions."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aisle.schema import Decision, Prediction, Product

if TYPE_CHECKING:
    from aisle.data.products import Products
    from aisle.review.client import ReviewClient
    from aisle.review.entries import Added, Entry, RefusedEntry

VARIABLE = "AISLE_API_KEY"
"""The environment variable with the API key of a service."""

_OFFERED = 4
_REASONS = 3


class Outbox:
    """The products of a run that people must decide.

    Args:
        products: all products of the run.
        value: the column that says what a right category is worth, or None.

    Raises:
        InputError: decisions would not find their products, or there is no such column.
    """

    def __init__(self, products: Products, value: str | None) -> None:
        from aisle.errors import InputError

        if products.columns.id is None:
            raise InputError("decisions need a key to find their products; name its column by --id")
        self._products = products
        self._values = _values(products, value)
        self._answers: dict[int, Prediction] = {}
        self._seen = 0

    def note(self, answers: Sequence[Prediction]) -> None:
        """Takes the next predictions; keeps what reviewers need of those for review."""
        for row, answer in enumerate(answers, start=self._seen):
            if answer.decision is Decision.REVIEW:
                offered = answer.alternatives[:_OFFERED]
                self._answers[row] = replace(answer, levels=(), alternatives=offered)
        self._seen += len(answers)

    def send(self, client: ReviewClient) -> Added:
        """Sends the products with their pictures, which are read from their files now.

        Prints how many share their id.

        Raises:
            ServiceError: the service is gone, or refuses; what was sent before stays there.
        """
        from tqdm import tqdm

        from aisle.review.entries import Added

        self._print_shared()
        refused: list[RefusedEntry] = []
        rows = tqdm(self._answers, desc="sending to review", disable=None)
        return client.send(self._entries(rows, refused)) + Added(refused=tuple(refused))

    def _print_shared(self) -> None:
        ids = Counter(self._products[row].id for row in self._answers)
        shared = sum(count for count in ids.values() if count > 1)
        if shared:
            click.echo(
                f"{shared:,} rows share their id with another row;"
                " the desk keeps one product an id: the last",
                err=True,
            )

    def _entries(self, rows: Iterator[int], refused: list[RefusedEntry]) -> Iterator[Entry]:
        from aisle.errors import InputError
        from aisle.review.entries import Entry, RefusedEntry

        for row in rows:
            product = _readable(self._products[row])
            try:
                yield Entry(product, self._answers[row], self._values[row])
            except InputError as error:
                refused.append(RefusedEntry(product.id, str(error)))


@contextmanager
def reached(url: str | None) -> Iterator[ReviewClient | None]:
    """A client of the review desk at an address, checked; None without an address.

    Raises:
        InputError: the address is none.
        ServiceError: there is no such service, or it refuses.
    """
    if url is None:
        yield None
        return
    from aisle.review.client import ReviewClient

    with ReviewClient(url, os.environ.get(VARIABLE)) as client:
        client.check()
        yield client


def show_sent(added: Added) -> None:
    """Prints what became of products that were sent.

    Raises:
        ServiceError: none of them was taken.
    """
    from aisle.errors import ServiceError

    sent = added.new + added.renewed + added.decided
    if added.refused and not sent:
        raise ServiceError(
            f"{len(added.refused):,} sent to review, none taken: {_reasons(added.refused)}"
        )
    click.echo(
        f"{sent:,} sent to review: {added.new:,} new, {added.renewed:,} renewed,"
        f" {added.decided:,} decided already"
    )
    if added.refused:
        click.echo(f"  {len(added.refused):,} not taken: {_reasons(added.refused)}")


def decisions_from(source: str) -> Products | None:
    """Decisions from an export, or from a service; None where there are none yet.

    Prints a note where an export has no pictures.

    Raises:
        TableError: the file is no such export.
        ServiceError: the service cannot be reached, or refuses.
    """
    if not source.startswith(("http://", "https://")):
        return _read_export(Path(source))
    import pyarrow.parquet as pq

    from aisle.review.decision_table import read_decisions

    with reached(source) as client, tempfile.TemporaryDirectory() as folder:
        assert client
        file = client.fetch_decisions(Path(folder) / "decisions.parquet")
        if pq.read_metadata(file).num_rows == 0:
            click.echo(f"reviews: nothing has been decided at {source} yet", err=True)
            return None
        return read_decisions(file)


def with_decisions(products: Products, decided: Products) -> Products:
    """A table's products with the decisions; prints how many there are."""
    from aisle.review.decision_table import join_decisions

    for note in decided.notes:
        click.echo(note, err=True)
    joined = join_decisions(products, decided)
    click.echo(
        f"reviews: {joined.replaced + joined.new:,} decisions,"
        f" {joined.replaced:,} of them on products of the table",
        err=True,
    )
    if joined.without:
        click.echo(
            f"reviews: {joined.without:,} left out, since no category of the tree fits", err=True
        )
    return joined.products


def _read_export(path: Path) -> Products:
    from aisle.review.decision_table import read_decisions

    decided = read_decisions(path)
    if decided.columns.image is None:
        click.echo(
            f"{path} holds no pictures; an export to Parquet and the service's address do", err=True
        )
    return decided


def _reasons(failed: Sequence[RefusedEntry]) -> str:
    """Why products were not taken, the most frequent reasons with their counts."""
    counts = Counter(one.reason for one in failed)
    first = {one.reason: one.key for one in reversed(failed)}
    shown = [
        f"{reason} ({count:,}, for example {first[reason][:60]!r})"
        for reason, count in counts.most_common(_REASONS)
    ]
    return "; ".join(shown) + ("; and others" if len(counts) > len(shown) else "")


def _values(products: Products, column: str | None) -> Sequence[float]:
    from aisle.errors import InputError
    from aisle.review.entries import read_value

    if column is None:
        return [0.0] * len(products)
    if column not in products.table.column_names:
        names = ", ".join(products.table.column_names[:12])
        raise InputError(f"no column {column!r} for --value among {names}")
    found = [read_value(cell) for cell in products.table.column(column).to_pylist()]
    wrong = sum(value is None for value in found)
    if wrong:
        click.echo(f"{wrong:,} of {len(found):,} cells of {column!r} are no number", err=True)
    return [value or 0.0 for value in found]


def _readable(product: Product) -> Product:
    """The part of a product that a service takes."""
    from aisle.service.settings import Limits

    limits = Limits()
    texts = product.texts[: limits.texts]
    if sum(map(len, texts)) > limits.characters:
        texts = tuple(text[: limits.characters // len(texts)] for text in texts)
    return replace(product, texts=texts, images=product.images[: limits.pictures])
