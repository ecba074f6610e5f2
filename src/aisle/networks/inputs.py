"""What networks look at: rows with one field for each input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[Any]
"""(n,) structured: the field "tokens" holds words as numbers, "maps" feature maps."""


def rows_with(fields: Mapping[str, NDArray[Any]]) -> Rows:
    """Rows with a field of each name, from arrays of one length.

    Args:
        fields: (n, d) arrays by name.
    """
    kind = [(name, values.dtype, values.shape[1:]) for name, values in fields.items()]
    rows = np.empty(len(next(iter(fields.values()))), dtype=kind)
    for name, values in fields.items():
        rows[name] = values
    return rows


def cut(rows: Rows) -> dict[str, NDArray[Any]]:
    """One array an input, as networks take them: texts cut after the longest, maps as float32."""
    fields: dict[str, NDArray[Any]] = {}
    for name in rows.dtype.names or ():
        values = rows[name]
        if name == "tokens":
            longest = max(1, int((values > 0).sum(axis=1).max(initial=1)))
            fields[name] = np.ascontiguousarray(values[:, :longest])
        else:
            fields[name] = values.astype(np.float32)
    return fields
