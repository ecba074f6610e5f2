"""Decisions as a table that `read_products` takes."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aisle.errors import InputError, OutputError
from aisle.files import write_file
from aisle.review.pictures import Pictures
from aisle.review.records import Action, DecisionRecord
from aisle.schema import join_path

_Row = dict[str, Any]

_OWN = ("id", "category", "reviewer", "decided_at", "image")
_MOST_ROWS = 500
_MOST_BYTES = 32_000_000


def export_decisions(
    records: Iterable[DecisionRecord],
    to: Path,
    pictures: Pictures,
    text_columns: Sequence[str] = (),
) -> None:
    """Writes one row for each product that was decided; skips and what was undone are left out.

    The columns are `id`, those of the texts, `category` with " > " between its levels, `reviewer`,
    `decided_at`, and in Parquet `image`: a list of the pictures' bytes. Where no category fits,
    `category` is empty. Texts stay as they came, also in CSV: one that begins with = is no formula
    to aisle, but may be one to a spreadsheet.

    Rows are written as they are read, under a temporary name that becomes `to` in the end.

    Args:
        records: as `Desk.decisions` gives them.
        to: a file ending in .parquet, .csv or .jsonl.
        pictures: where the pictures of the records lie; one that is gone is left out.
        text_columns: the names of the columns of texts, in their order; "text" where there is none.
            What a product has more goes into the last one, a line each.

    Raises:
        InputError: two columns would have the same name.
        OutputError: the ending is unknown, or the file cannot be written.
    """
    write = _WRITERS.get(to.suffix.lower())
    if write is None:
        raise OutputError(f"{to} has no known ending; give one of {', '.join(_WRITERS)}")
    names = tuple(text_columns) or ("text",)
    if len({*names, *_OWN}) < len(names) + len(_OWN):
        raise InputError(
            f"{', '.join(names)} cannot be the columns of texts;"
            f" give different names, none of them {', '.join(_OWN)}"
        )
    stand = (one for one in records if one.action is not Action.SKIP and one.undone_at is None)
    with write_file(to) as part:
        write(part, stand, names, pictures)


def _write_parquet(
    path: Path, records: Iterable[DecisionRecord], names: Sequence[str], pictures: Pictures
) -> None:
    schema = pa.schema(
        [
            ("id", pa.string()),
            *((name, pa.string()) for name in names),
            ("category", pa.string()),
            ("image", pa.list_(pa.binary())),
            ("reviewer", pa.string()),
            ("decided_at", pa.timestamp("us", tz="UTC")),
        ]
    )
    rows = (_row(one, names) | {"image": _images(one, pictures)} for one in records)
    with pq.ParquetWriter(path, schema) as writer:
        for some in _portions(rows):
            writer.write_table(pa.Table.from_pylist(some, schema=schema))


def _write_csv(
    path: Path, records: Iterable[DecisionRecord], names: Sequence[str], _: Pictures
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("id", *names, "category", "reviewer", "decided_at"))
        writer.writeheader()
        writer.writerows(_plain_row(one, names) for one in records)


def _write_json_lines(
    path: Path, records: Iterable[DecisionRecord], names: Sequence[str], _: Pictures
) -> None:
    with path.open("w", encoding="utf-8") as file:
        for one in records:
            file.write(json.dumps(_plain_row(one, names), ensure_ascii=False) + "\n")


def _row(record: DecisionRecord, names: Sequence[str]) -> _Row:
    texts = [text.encode(errors="replace").decode() for text in record.texts]
    last = len(names) - 1
    columns = [*texts[:last], *[""] * (last - len(texts)), "\n".join(filter(None, texts[last:]))]
    return {
        "id": record.key,
        **dict(zip(names, columns, strict=True)),
        "category": join_path(record.category or ()),
        "reviewer": record.reviewer,
        "decided_at": record.at,
    }


def _plain_row(record: DecisionRecord, names: Sequence[str]) -> _Row:
    return _row(record, names) | {"decided_at": record.at.isoformat()}


def _images(record: DecisionRecord, pictures: Pictures) -> list[bytes]:
    found = []
    for digest in record.pictures:
        try:
            found.append(pictures.read(digest))
        except InputError:
            continue
    return found


def _portions(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    """Rows as many together as memory easily holds."""
    some: list[_Row] = []
    size = 0
    for row in rows:
        some.append(row)
        size += sum(map(len, row["image"]))
        if len(some) == _MOST_ROWS or size >= _MOST_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


_WRITERS = {".parquet": _write_parquet, ".csv": _write_csv, ".jsonl": _write_json_lines}
