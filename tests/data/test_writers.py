import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from disks import small_disk

from aisle.data.tables import read_table
from aisle.data.writers import check_table_path, open_table, write_table
from aisle.errors import OutputError

ENDINGS = ["parquet", "csv", "tsv", "jsonl"]
ROWS = [
    {"key": 'a,"b"\tc\nd;é😀', "number": 1.5, "names": ["x", "é"]},
    {"key": None, "number": None, "names": []},
]
TABLE = pa.Table.from_pylist(
    ROWS,
    pa.schema([("key", pa.string()), ("number", pa.float64()), ("names", pa.list_(pa.string()))]),
)


def rows_of(file: Path) -> list[dict[str, Any]]:
    """The rows of a file, with lists as lists and numbers as numbers."""
    if file.suffix == ".parquet":
        return pq.read_table(file).to_pylist()
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t" if file.suffix == ".tsv" else ","))
    return [
        {
            "key": row["key"] or None,
            "number": float(row["number"]) if row["number"] else None,
            "names": json.loads(row["names"]),
        }
        for row in rows
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_holds_all_rows_of_all_parts(tmp_path: Path, ending: str) -> None:
    file = tmp_path / "new folder" / f"out.{ending}"
    with open_table(file, TABLE.schema) as writer:
        for _ in range(3):
            writer.write(TABLE)
        assert not file.exists()
    assert rows_of(file) == ROWS * 3
    assert list(read_table(file).column_names) == ["key", "number", "names"]
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_older_file_is_replaced_or_stays_as_it_was(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"out.{ending}"
    write_table(TABLE, file)
    write_table(TABLE.slice(0, 1), file)
    with (
        pytest.raises(OutputError, match="cannot be written: Input/output error"),
        open_table(file, TABLE.schema) as writer,
    ):
        fail_after(writer.write, TABLE)
    assert rows_of(file) == ROWS[:1]
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def fail_after(write: Callable[[pa.Table], None], table: pa.Table) -> None:
    write(table)
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, ending: str) -> None:
    many = pa.table({"key": [os.urandom(50).hex() for _ in range(3000)]})
    with small_disk(tmp_path / "disk", "64k") as disk:
        with pytest.raises(OutputError, match=r"cannot be written: .*No space left") as caught:
            write_table(many, disk / f"out.{ending}")
        assert "\n" not in str(caught.value)
        assert list(disk.iterdir()) == []


def test_an_ending_in_capitals_is_known(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "OUT.CSV")
    assert (tmp_path / "OUT.CSV").read_text("utf-8").startswith('"key"')


@pytest.mark.parametrize("name", ["out.xlsx", "out", "out.parquet.gz", "out.CSV "])
def test_an_unknown_ending_is_refused_before_any_work(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"no known ending; give one of \.parquet, \.csv, \.tsv"):
        check_table_path(tmp_path / name)


def test_a_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder; give the name of a file"):
        check_table_path(tmp_path / "out.csv")
