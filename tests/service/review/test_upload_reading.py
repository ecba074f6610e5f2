"""Small files that unpack to much are refused before they do."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from desk_queue import noise

from aisle.errors import TableError
from aisle.service.review.upload_reading import read_upload
from aisle.service.settings import Limits


def repeated(value: str | bytes, times: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), pa.array([value]))


def listed(values: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)


BOMBS = {
    "text": {"title": repeated("x" * 20_000, 100_000)},
    "pictures in one row": {"title": ["a"], "image": listed(repeated(b"x" * 20_000, 100_000))},
    "struct": {
        "title": repeated("a", 1_000),
        "image": pa.StructArray.from_arrays([repeated(b"x" * 900_000, 1_000)], ["bytes"]),
    },
    "numbers": {"title": ["a"], "value": listed(pa.nulls(70_000_000, pa.int8()))},
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "bomb.parquet"
    pq.write_table(pa.table(BOMBS[name]), file, compression="zstd", store_schema=False)
    assert file.stat().st_size < 100_000
    before = pa.default_memory_pool().max_memory()
    with pytest.raises(TableError, match="unpacks to more than 500 MB"):
        read_upload(file, Limits())
    assert pa.default_memory_pool().max_memory() - before < 100_000_000


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_rows_are_bounded(tmp_path: Path, ending: str) -> None:
    limits = Limits(upload_rows=1_000)
    for rows in (1_000, 1_001):
        file = tmp_path / f"{rows}.{ending}"
        if ending == "csv":
            file.write_text("title\n" + "mug\n" * rows)
        else:
            pq.write_table(pa.table({"title": repeated("mug", rows)}), file)
    assert len(read_upload(tmp_path / f"1000.{ending}", limits)[0]) == 1_000
    with pytest.raises(TableError, match=r"has 1,001 rows; at most 1,000 are taken"):
        read_upload(tmp_path / f"1001.{ending}", limits)


def test_the_bytes_are_those_that_are_read(tmp_path: Path) -> None:
    """The bound is neither below nor far above what a table takes."""
    pictures = [[noise(1)], [], [noise(2), os.urandom(5_000)], None] * 500
    table = pa.table({"title": ["mug"] * 2_000, "image": pictures, "value": [1.0] * 2_000})
    file = tmp_path / "t.parquet"
    pq.write_table(table, file, row_group_size=700)
    enough, too_few = int(table.nbytes * 1.01), int(table.nbytes * 0.95)
    assert len(read_upload(file, Limits(upload_unpacked_bytes=enough))[0]) == 2_000
    with pytest.raises(TableError, match="unpacks to more"):
        read_upload(file, Limits(upload_unpacked_bytes=too_few))
