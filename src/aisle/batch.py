"""Table in, table out: the answers to many products in a file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from tqdm import tqdm

from aisle.classifier import Classifier
from aisle.data.products import Products
from aisle.errors import OutputError
from aisle.files import write_file
from aisle.predictions import Predictions, table_schema

CHUNK = 1_000


@dataclass(frozen=True)
class PredictSummary:
    """How a run went: rows in all, by decision and by status."""

    rows: int
    decisions: dict[str, int]
    statuses: dict[str, int]


Observer = Callable[[Predictions], None]


class _Writer(Protocol):
    def write(self, table: pa.Table) -> None: ...
    def close(self) -> None: ...


def predict_table(
    model: Classifier, products: Products, to: Path, see: Observer | None = None
) -> PredictSummary:
    """Writes one row a product: its key column, and the answer.

    The file is written under a temporary name and renamed when it is whole. Vectors are cached as
    they are computed, so that a run that was stopped goes on where it was.

    Args:
        model: a fitted classifier.
        products: what to place.
        to: a file ending in .parquet, .csv, .tsv or .jsonl.
        see: gets the answers, too, some at a time in the order of the products.

    Raises:
        OutputError: the ending is unknown, or the file cannot be written.
    """
    make = _WRITERS.get(to.suffix.lower())
    if make is None:
        raise OutputError(f"{to} has no known ending; give one of {', '.join(_WRITERS)}")
    if to.is_dir():
        raise OutputError(f"{to} is a folder; give the name of a file")
    key = products.columns.id or "row"
    schema = table_schema(key)
    decisions: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    with write_file(to) as part, closing(make(part, schema)) as writer:
        for answers in _answers(model, products):
            decisions.update(answer.decision for answer in answers)
            statuses.update(answer.status for answer in answers)
            writer.write(answers.to_arrow(key))
            if see is not None:
                see(answers)
    return PredictSummary(len(products), dict(decisions), dict(statuses))


def _answers(model: Classifier, products: Products) -> Iterator[Predictions]:
    with tqdm(total=len(products), desc="placing products", disable=None) as progress:
        for start in range(0, len(products), CHUNK):
            answers = model.predict(products.items[start : start + CHUNK])
            yield answers
            progress.update(len(answers))


class _ParquetWriter:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema)

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


class _CsvWriter:
    """Lists become JSON; the delimiter follows the ending."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        flat = pa.schema([(f.name, pa.string() if _nested(f) else f.type) for f in schema])
        options = pa.csv.WriteOptions(delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
        self._file = path.open("wb")
        self._writer = pa.csv.CSVWriter(self._file, flat, write_options=options)
        self._schema = flat

    def write(self, table: pa.Table) -> None:
        columns = [
            pa.array([json.dumps(value, ensure_ascii=False) for value in column.to_pylist()])
            if _nested(field)
            else column
            for field, column in zip(table.schema, table.columns, strict=True)
        ]
        self._writer.write_table(pa.table(columns, schema=self._schema))

    def close(self) -> None:
        with closing(self._file):
            self._writer.close()


class _JsonLinesWriter:
    def __init__(self, path: Path, schema: pa.Schema) -> None:  # noqa: ARG002
        self._file = path.open("w", encoding="utf-8")

    def write(self, table: pa.Table) -> None:
        lines = (json.dumps(row, ensure_ascii=False) for row in table.to_pylist())
        self._file.writelines(f"{line}\n" for line in lines)

    def close(self) -> None:
        self._file.close()


def _nested(field: pa.Field) -> bool:
    return bool(pa.types.is_nested(field.type))


_WRITERS: dict[str, Any] = {
    ".parquet": _ParquetWriter,
    ".csv": _CsvWriter,
    ".tsv": _CsvWriter,
    ".jsonl": _JsonLinesWriter,
}
