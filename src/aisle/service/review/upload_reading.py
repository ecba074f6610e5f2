"""The table of an upload, read within bounds that its sender cannot exceed."""

from __future__ import annotations

import operator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aisle.data.columns import Columns
from aisle.data.products import Products, products_of
from aisle.data.tables import read_table
from aisle.errors import TableError
from aisle.service.settings import Limits

_PARQUET = frozenset({".parquet", ".pq"})
_BATCH_ROWS = 1_024
_INDEX_BYTES = 4
_INSTEAD = "split it, or use aisle predict --to-review"


def read_upload(file: Path, limits: Limits) -> tuple[Products, tuple[str, ...]]:
    """The products of a table that came alone: pictures count only where it holds their bytes.

    No name of a file in it is ever opened, since it would be one of this machine's.

    Args:
        file: the table, with the ending of its kind.
        limits: how large it may be.

    Returns:
        The products, and what their sender should know of how the table was read.

    Raises:
        TableError: it cannot be read, is too large, or has neither text nor pictures.
    """
    if file.suffix.lower() in _PARQUET:
        _check_parquet(file, limits)
    table = read_table(file)
    _check_rows(file, table.num_rows, limits)
    notes = []
    named = Columns().complete(table.column_names)
    if named.image:
        pictures = _only_bytes(table.column(named.image))
        table = table.drop_columns([named.image])
        if pictures is not None:
            table = table.append_column(named.image, pictures)
        else:
            notes.append(
                f"The pictures of {named.image!r} are left out: the table only names them."
                " Put their bytes into a Parquet file, or use aisle predict --to-review."
            )
    products = products_of(table, Columns(), Path())
    if products.columns.id is None:
        notes.append("There is no column of ids: products are known by their content.")
    return products, (f"Read as texts: {', '.join(products.columns.text) or 'none'}.", *notes)


def _check_parquet(file: Path, limits: Limits) -> None:
    """Checks that a Parquet file may be unpacked, without holding more than it packs.

    Strings and bytes are looked at as Parquet repeats them: each value once, and where it stands.

    Raises:
        TableError: it is damaged or too large.
    """
    try:
        with pq.ParquetFile(file) as parquet:
            names = [parquet.schema.column(one).path for one in range(len(parquet.schema))]
            _check_metadata(file, parquet, limits)
        with pq.ParquetFile(file, read_dictionary=names) as packed:
            _check_unpacked(file, packed, limits)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise TableError(f"{file} cannot be read as Parquet: {reason}") from error


def _check_unpacked(file: Path, packed: pq.ParquetFile, limits: Limits) -> None:
    size = 0
    for group in range(packed.num_row_groups):  # Arrow cannot put lists of two groups together
        for batch in packed.iter_batches(_BATCH_ROWS, row_groups=[group], use_threads=False):
            size += sum(map(_unpacked_bytes, batch.columns))
            _check_size(file, size, limits)


def _check_metadata(file: Path, parquet: pq.ParquetFile, limits: Limits) -> None:
    _check_rows(file, parquet.metadata.num_rows, limits)
    widths = [_width(parquet.schema.column(one)) for one in range(len(parquet.schema))]
    for number in range(parquet.num_row_groups):
        group = parquet.metadata.row_group(number)
        columns = [group.column(one) for one in range(group.num_columns)]
        _check_size(file, sum(column.total_uncompressed_size for column in columns), limits)
        values = (column.num_values for column in columns)
        _check_size(file, sum(map(operator.mul, values, widths)), limits)


def _width(column: pq.ColumnSchema) -> int:
    """The bytes that each value takes at least."""
    return _INDEX_BYTES if column.physical_type == "BYTE_ARRAY" else max(column.length or 0, 8)


def _unpacked_bytes(array: pa.Array) -> int:
    """What an array takes when each value stands for itself."""
    if pa.types.is_dictionary(array.type):
        lengths = pc.binary_length(array.dictionary).take(array.indices)
        return int(array.indices.nbytes) + (pc.sum(lengths).as_py() or 0)
    if pa.types.is_struct(array.type):
        return sum(map(_unpacked_bytes, array.flatten()))
    if pa.types.is_nested(array.type):
        return len(array) * _INDEX_BYTES + _unpacked_bytes(array.flatten())
    return int(array.nbytes)


def _check_rows(file: Path, rows: int, limits: Limits) -> None:
    if rows > limits.upload_rows:
        most = limits.upload_rows
        raise TableError(f"{file} has {rows:,} rows; at most {most:,} are taken; {_INSTEAD}")


def _check_size(file: Path, size: int, limits: Limits) -> None:
    if size > limits.upload_unpacked_bytes:
        most = limits.upload_unpacked_bytes // 1_000_000
        raise TableError(f"{file} unpacks to more than {most} MB; {_INSTEAD}")


def _only_bytes(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """The column where it holds the bytes of pictures, one or a list; else None."""
    kind = column.type
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:  # as Hugging Face does
        return pc.struct_field(column, "bytes")
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    return column if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else None
