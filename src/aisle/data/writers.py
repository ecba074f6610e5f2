"""Tables to files, part by part: Parquet, CSV, TSV or JSON Lines, by the ending of the name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from aisle.errors import OutputError
from aisle.files import write_file


class TableWriter(Protocol):
    """Takes the parts of one table."""

    def write(self, table: pa.Table) -> None:
        """Writes some rows; all parts have the same columns."""

    def close(self) -> None:
        """Ends the file."""


@contextmanager
def open_table(to: Path, schema: pa.Schema) -> Iterator[TableWriter]:
    """Writes a table; it is there when the block ends well, whole or not at all.

    In CSV and TSV, lists become JSON.

    Args:
        to: a file ending in .parquet, .csv, .tsv or .jsonl.
        schema: the columns.

    Raises:
        OutputError: the ending is unknown, or the file cannot be written.
    """
    check_table_path(to)
    with write_file(to) as part, closing(_WRITERS[to.suffix.lower()](part, schema)) as writer:
        yield writer


def write_table(table: pa.Table, to: Path) -> None:
    """Writes a whole table; see `open_table`."""
    with open_table(to, table.schema) as writer:
        writer.write(table)


def check_table_path(to: Path) -> None:
    """Whether a table can have this name; for refusing it before any work.

    Raises:
        OutputError: the ending is unknown, or it is a folder.
    """
    if to.suffix.lower() not in _WRITERS:
        raise OutputError(f"{to} has no known ending; give one of {', '.join(_WRITERS)}")
    if to.is_dir():
        raise OutputError(f"{to} is a folder; give the name of a file")


class _ParquetWriter:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


class _DelimitedWriter:
    def __init__(self, path: Path, schema: pa.Schema, delimiter: str) -> None:
        self._schema = pa.schema(
            [(one.name, pa.string() if _is_nested(one) else one.type) for one in schema]
        )
        self._file = path.open("wb")
        options = pa.csv.WriteOptions(delimiter=delimiter)
        self._writer = pa.csv.CSVWriter(self._file, self._schema, write_options=options)

    def write(self, table: pa.Table) -> None:
        columns = [
            pa.array([json.dumps(value, ensure_ascii=False) for value in column.to_pylist()])
            if _is_nested(field)
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


def _csv_writer(path: Path, schema: pa.Schema) -> _DelimitedWriter:
    return _DelimitedWriter(path, schema, ",")


def _tsv_writer(path: Path, schema: pa.Schema) -> _DelimitedWriter:
    return _DelimitedWriter(path, schema, "\t")


def _is_nested(field: pa.Field) -> bool:
    return bool(pa.types.is_nested(field.type))


_WRITERS: dict[str, Callable[[Path, pa.Schema], TableWriter]] = {
    ".parquet": _ParquetWriter,
    ".csv": _csv_writer,
    ".tsv": _tsv_writer,
    ".jsonl": _JsonLinesWriter,
}
