"""Any table to an Arrow table: files by their ending, data frames through narwhals."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aisle.data.decoding import decode
from aisle.errors import TableError

_EMPTY_CELLS = 5_000_000
"""So many more cells than bytes may be made of a CSV or JSON Lines file: rows that leave columns
out take no bytes for them, but memory."""

DELIMITERS = ",\t;|"
_BINARY = {b"PAR1": "a Parquet file", b"PK\x03\x04": "an Excel or ZIP file"}
_END = "\x00end of table\x00"
_QUOTED = re.compile(r'"[^"]*"')
_MAX_FIELD = 2**31 - 1


def read_table(source: object) -> pa.Table:
    """Reads a table from a file, a folder of Parquet files or a data frame.

    Args:
        source: a path ending in .csv, .tsv, .jsonl, .ndjson or .parquet, a folder of Parquet
            files, or any data frame that narwhals knows.

    Raises:
        TableError: what came is no table, has no rows, or is damaged.
    """
    table = _read_path(Path(source)) if isinstance(source, str | Path) else _read_frame(source)
    if table.num_rows == 0:
        raise TableError(f"{_name(source)} has no rows; at least one product is needed")
    return table


def _read_path(path: Path) -> pa.Table:
    if not path.exists():
        raise TableError(f"{path} does not exist; give a CSV, TSV, JSON Lines or Parquet file")
    if path.is_dir():
        return _read_parquet_folder(path)
    if path.stat().st_size == 0:
        raise TableError(f"{path} is empty (0 bytes); a table with a header line was expected")
    readers = {
        ".csv": _read_csv,
        ".tsv": _read_csv,
        ".jsonl": _read_json_lines,
        ".ndjson": _read_json_lines,
        ".parquet": _read_parquet,
        ".pq": _read_parquet,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(readers))
        raise TableError(
            f"{path} has the unknown ending {path.suffix!r}; known are {known};"
            " save a spreadsheet as CSV"
        )
    try:
        return reader(path)
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}") from error


def _read_frame(frame: object) -> pa.Table:
    import narwhals as nw

    try:
        return nw.from_native(frame, eager_only=True).to_arrow()  # type: ignore[call-overload]
    except TypeError as error:
        kind = type(frame).__name__
        raise TableError(f"{kind} is no table; give a path or a data frame") from error
    except pa.ArrowException as error:
        raise TableError(f"a column of the data frame mixes types: {_first_line(error)}") from error
    except nw.exceptions.NarwhalsError as error:
        raise TableError(
            f"the data frame cannot be read: {' '.join(str(error).split())}"
        ) from error


def _read_parquet(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, partitioning=None)
    except pa.ArrowException as error:
        raise TableError(f"{path} cannot be read as Parquet: {_first_line(error)}") from error


def _read_parquet_folder(folder: Path) -> pa.Table:
    if not any(folder.rglob("*.parquet")):
        raise TableError(
            f"{folder} is a folder without Parquet files; give a file, or such a folder"
        )
    try:
        return pq.read_table(folder)
    except (pa.ArrowException, OSError) as error:
        raise TableError(
            f"{folder} holds Parquet files that do not fit: {_first_line(error)}"
        ) from error


def _read_json_lines(path: Path) -> pa.Table:
    columns: dict[str, list[Any]] = {}
    count, data = 0, path.read_bytes()
    for number, line in enumerate(decode(data).split("\n"), start=1):
        if not line.strip():
            continue
        for name, value in _json_object(line, path, number).items():
            values = columns.setdefault(name, [])
            values += [None] * (count - len(values))
            values.append(value)
        count += 1
        _check_cells(path, count, len(columns), len(data))
    padded = {name: values + [None] * (count - len(values)) for name, values in columns.items()}
    return pa.table({name: _column(values) for name, values in padded.items()})


def _json_object(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise TableError(f"{path}, line {number} is not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:  # a number too long, or brackets too deep
        raise TableError(f"{path}, line {number} cannot be read: {error}") from error
    if not isinstance(value, dict):
        kind = type(value).__name__
        raise TableError(f"{path}, line {number} is a JSON {kind}; one object a line was expected")
    return value


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
        return pa.array([None if value is None else _as_text(value) for value in values])


def _as_text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode(errors="replace").decode()  # half a surrogate pair becomes a question mark


def _read_csv(path: Path) -> pa.Table:
    data = path.read_bytes()
    kind = next((kind for mark, kind in _BINARY.items() if data.startswith(mark)), None)
    if kind:
        raise TableError(f"{path} is no CSV but {kind}; give it its own ending, or save it as CSV")
    text = decode(data)
    csv.field_size_limit(_MAX_FIELD)
    rows = _csv_rows(text, path)
    header = next(rows, [])
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise TableError(f"{path} names the column {twice!r} twice; name each column once")
    columns: list[list[str | None]] = [[] for _ in header]
    for number, row in enumerate(rows, start=2):
        if len(row) > len(header):
            raise TableError(
                f"{path}, row {number} has {len(row)} fields, the header {len(header)};"
                " quote fields that hold the separator"
            )
        _check_cells(path, number, len(header), len(data))
        padded: list[str | None] = [*row, *[None] * (len(header) - len(row))]
        for column, value in zip(columns, padded, strict=True):
            column.append(value)
    return pa.table(dict(zip(header, (pa.array(c, pa.string()) for c in columns), strict=True)))


def _csv_rows(text: str, path: Path) -> Iterator[list[str]]:
    """The rows of a CSV text; a carriage return without a line feed counts as a space.

    A line of its own is put behind the text: where it does not come back as a row, an open quote
    has swallowed it.
    """
    if "\n" not in text:
        text = text.replace("\r", "\n")
    text = text.replace("\r\n", "\n").replace("\r", " ").rstrip("\n")
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text.partition("\n")[0])
    lines = (f"{line}\n" for part in (text.split("\n"), [_END]) for line in part)
    start = 0
    reader = csv.reader(lines, delimiter=delimiter)
    for row in reader:
        if row == [_END]:
            return
        if row and _END in row[-1]:
            raise TableError(f"{path}: the quote opened after line {start} is never closed")
        start = reader.line_num
        if row:
            yield row


def _check_cells(path: Path, rows: int, columns: int, size: int) -> None:
    """Whether so many cells may be made of a file of so many bytes."""
    if rows * columns > size + _EMPTY_CELLS:
        raise TableError(
            f"{path} has {columns:,} columns, and rows that leave most of them out; put attributes"
            " that few products have into one column"
        )


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=_QUOTED.sub("", header).count)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _name(source: object) -> str:
    return str(source) if isinstance(source, str | Path) else "the data frame"
