"""Any table to an Arrow table: files by their ending, all else through `aisle.data.frames`."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aisle.data.frames import frame_to_arrow, rows_to_arrow
from aisle.errors import TableError

_EMPTY_CELLS = 5_000_000
"""So many more cells than bytes may be made of a CSV or JSON Lines file: rows that leave columns
out take no bytes for them, but memory."""

DELIMITERS = ",\t;|"
_BINARY = {b"PAR1": "a Parquet file", b"PK\x03\x04": "an Excel or ZIP file"}
_END = "\x00end of table\x00"
_QUOTED = re.compile(r'"[^"]*"')
_MAX_FIELD = 2**31 - 1
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def read_table(source: object) -> pa.Table:
    """Reads a table from a file, a folder of Parquet files, a data frame or rows.

    Args:
        source: a path ending in .csv, .tsv, .jsonl, .ndjson or .parquet, a folder of Parquet
            files, or what `aisle.data.frames.frame_to_arrow` takes.

    Raises:
        TableError: what came is no table, has no rows, or is damaged.
    """
    table = _read_path(Path(source)) if isinstance(source, str | Path) else frame_to_arrow(source)
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
    return rows_to_arrow(_json_rows(path))


def _json_rows(path: Path) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    names: set[str] = set()
    count = 0
    for number, line in enumerate(decode(data).split("\n"), start=1):
        if line.strip():
            row = _json_object(line, path, number)
            count += 1
            names.update(row)
            _check_cells(path, count, len(names), len(data))
            yield row


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
    return str(source) if isinstance(source, str | Path) else "the table"


def decode(data: bytes) -> str:
    """Reads bytes as their byte order mark says, else as UTF-8, else byte by byte as cp1252.

    A file that is UTF-8 but for a few bytes keeps its UTF-8: only the bytes that do not fit are
    read as cp1252, and those that cp1252 leaves open as Latin-1. NUL characters are dropped.
    """
    encoding = "utf-8"
    for mark, name in _BOMS.items():
        if data.startswith(mark):
            data, encoding = data[len(mark) :], name
            break
    return data.decode(encoding, errors="aisle.cp1252").replace("\x00", "")


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    text = "".join(_legacy_character(bytes([value])) for value in bad)
    return text, error.end


def _legacy_character(byte: bytes) -> str:
    try:
        return byte.decode("cp1252")
    except UnicodeDecodeError:
        return byte.decode("latin-1")


codecs.register_error("aisle.cp1252", _as_cp1252)
