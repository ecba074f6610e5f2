"""Predictions of many products: a list, an array of probabilities, or a data frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from aisle.schema import Prediction, join_path

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN_ROWS = 5


@dataclass(frozen=True, eq=False)
class Predictions(Sequence[Prediction]):
    """One prediction a product, in the order of the products.

    Attributes:
        items: n predictions.
        probabilities: (n, categories) calibrated; uniform where nothing could be read.
    """

    items: tuple[Prediction, ...]
    probabilities: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.items)

    @overload
    def __getitem__(self, index: int) -> Prediction: ...
    @overload
    def __getitem__(self, index: slice) -> Predictions: ...
    def __getitem__(self, index: int | slice) -> Prediction | Predictions:
        if isinstance(index, slice):
            return Predictions(self.items[index], self.probabilities[index])
        return self.items[index]

    def __eq__(self, other: object) -> bool:
        """Whether the other holds the same predictions; it may be a list."""
        return isinstance(other, Sequence) and self.items == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        assigned = sum(one.decision == "assign" for one in self.items)
        return f"<Predictions: {len(self):,} products, {assigned:,} assigned>"

    def _repr_html_(self) -> str:
        """The first rows as a table, for notebooks."""
        rows = "".join(map(_html_row, self.items[:_SHOWN_ROWS]))
        head = "<th>id</th><th>category</th><th>confidence</th><th>decision</th>"
        return (
            f"<p>{escape(repr(self)[1:-1])}</p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    def __array__(
        self, dtype: DTypeLike | None = None, copy: bool | None = None
    ) -> NDArray[np.generic]:
        """(n,) the categories as text, empty where there is none: for scikit-learn's metrics."""
        paths = [join_path(one.category) if one.category else "" for one in self.items]
        return np.array(paths, dtype=dtype or object)

    def to_arrow(self, key: str = "id") -> pa.Table:
        """A table with one row a product.

        Args:
            key: what to call the column of keys.
        """
        import pyarrow as pa

        rows = [{key: one.id, **_row(one)} for one in self.items]
        return pa.Table.from_pylist(rows, schema=table_schema(key))

    def to_pandas(self) -> Any:
        """A pandas data frame; needs pandas."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """A polars data frame; needs polars."""
        import polars

        return polars.from_arrow(self.to_arrow())


def table_schema(key: str) -> pa.Schema:
    """The columns of a table of predictions, the keys first."""
    import pyarrow as pa

    candidate = pa.struct([("category", pa.string()), ("confidence", pa.float64())])
    return pa.schema(
        [
            (key, pa.string()),
            ("category", pa.string()),
            ("confidence", pa.float64()),
            ("decision", pa.string()),
            ("reason", pa.string()),
            ("alternatives", pa.list_(candidate)),
            ("modalities", pa.list_(pa.string())),
            ("status", pa.string()),
            ("error", pa.string()),
        ]
    )


def _row(one: Prediction) -> dict[str, Any]:
    return {
        "category": join_path(one.category) if one.category else None,
        "confidence": one.confidence,
        "decision": str(one.decision),
        "reason": one.decision_reason,
        "alternatives": [
            {"category": join_path(other.category), "confidence": other.confidence}
            for other in one.alternatives
        ],
        "modalities": list(map(str, one.modalities)),
        "status": str(one.status),
        "error": one.error or None,
    }


def _html_row(one: Prediction) -> str:
    category = join_path(one.category) if one.category else one.error
    cells = (one.id[:80], category[:200], f"{one.confidence:.3f}", str(one.decision))
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
