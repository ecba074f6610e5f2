"""What Python programs hold tables in, to an Arrow table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from aisle.errors import TableError

TEXT_COLUMN = "text"
"""The name of the column where texts come without a table."""


def frame_to_arrow(source: object) -> pa.Table:
    """Any data frame, rows or texts as an Arrow table.

    Args:
        source: a data frame of pandas, polars (a LazyFrame is collected), pyarrow or another
            library that narwhals or the Arrow PyCapsule interface knows; a Hugging Face `Dataset`,
            whose pictures stay undecoded and whose class labels become their names; a list of
            dictionaries; a dictionary of columns; a list or column of texts.

    Raises:
        TableError: it is none of these.

    Example:
        >>> frame_to_arrow(["a red shirt", "a mug"]).to_pydict()
        {'text': ['a red shirt', 'a mug']}
    """
    if isinstance(source, Mapping):
        return _columns_to_arrow(source)
    if hasattr(source, "with_format") and hasattr(source, "features"):
        return _dataset_to_arrow(source)
    if isinstance(source, np.ndarray) and source.ndim == 1:
        source = source.tolist()
    if isinstance(source, list | tuple):
        return _list_to_arrow(source)
    return _native_to_arrow(source)


def rows_to_arrow(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """One row a dictionary; a value that one leaves out is missing.

    Values of one column that do not fit one type become text.
    """
    columns: dict[str, list[Any]] = {}
    count = 0
    for row in rows:
        for name, value in row.items():
            values = columns.setdefault(str(name), [])
            values += [None] * (count - len(values))
            values.append(value)
        count += 1
    padded = {name: values + [None] * (count - len(values)) for name, values in columns.items()}
    return pa.table({name: _column(values) for name, values in padded.items()})


def _columns_to_arrow(columns: Mapping[Any, Any]) -> pa.Table:
    if any(hasattr(one, "with_format") for one in columns.values()):
        raise TableError(f"these are several data sets; give one of {', '.join(map(str, columns))}")
    values = {str(name): list(column) for name, column in columns.items()}
    if len(set(map(len, values.values()))) > 1:
        raise TableError("the columns of the dictionary have different lengths")
    return pa.table({name: _column(column) for name, column in values.items()})


def _list_to_arrow(items: Sequence[Any]) -> pa.Table:
    if all(isinstance(item, Mapping) for item in items):
        return rows_to_arrow(items)
    if all(item is None or isinstance(item, str) for item in items):
        return pa.table({TEXT_COLUMN: pa.array(items, pa.string())})
    kind = next(type(item).__name__ for item in items if not isinstance(item, str | Mapping))
    raise TableError(f"a list with a {kind} is no table; give texts or dictionaries")


def _dataset_to_arrow(dataset: Any) -> pa.Table:
    """A Hugging Face data set: rows as selected and shuffled, pictures as bytes and path."""
    if not hasattr(dataset, "__len__"):
        raise TableError("the data set is a stream; load it without streaming=True")
    table: pa.Table = dataset.with_format("arrow")[:]
    for name, feature in dataset.features.items():
        if hasattr(feature, "int2str"):
            names = [
                None if value is None or value < 0 else feature.int2str(value)
                for value in table.column(name).to_pylist()
            ]
            at = table.column_names.index(name)
            table = table.set_column(at, name, pa.array(names, pa.string()))
    return table


def _native_to_arrow(source: Any) -> pa.Table:
    import narwhals as nw

    try:
        frame = nw.from_native(source, allow_series=True)
        if isinstance(frame, nw.Series):
            return _list_to_arrow([_text_or_none(value) for value in frame.to_list()])
        eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
        return eager.to_arrow()
    except pa.ArrowException as error:
        reason = str(error).partition("\n")[0]
        raise TableError(f"a column of the data frame mixes types: {reason}") from error
    except nw.exceptions.NarwhalsError as error:
        reason = " ".join(str(error).split())
        raise TableError(f"the data frame cannot be read: {reason}") from error
    except TypeError as error:
        if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
            return pa.table(source)
        raise TableError(
            f"{type(source).__name__} is no table; give a path, a data frame or a list of texts"
        ) from error


def _text_or_none(value: object) -> object:
    return None if value is None or value != value else value


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
        return pa.array([None if value is None else _as_text(value) for value in values])


def _as_text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode(errors="replace").decode()  # half a surrogate pair becomes a question mark
