"""Training products that are kept, to show what an answer resembles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aisle.data.products import Products
from aisle.experts.base import Features
from aisle.experts.cross_fitting import Evidence
from aisle.experts.neighbours import Neighbours, kept_rows
from aisle.schema import CategoryPath, SimilarProduct

_TITLE_CHARACTERS = 200


@dataclass(frozen=True)
class Memory:
    """The kept products, and for each expert how to find the most similar among them.

    Attributes:
        products: (id, title, category) of each kept product.
        neighbours: one an expert.
    """

    products: list[tuple[str, str, CategoryPath]]
    neighbours: list[Neighbours]

    @classmethod
    def of(cls, products: Products, evidence: Sequence[Evidence], seed: int) -> Memory:
        """Keeps training products, at most 20,000."""
        rows = kept_rows(len(products), seed)
        kept = [
            (item.id, next(filter(None, item.texts), "")[:_TITLE_CHARACTERS], item.category or ())
            for item in (products.items[row] for row in rows)
        ]
        part = [Evidence(one.features[rows], one.present[rows]) for one in evidence]
        return cls(kept, [Neighbours().fit(one) for one in part])

    def similar(self, seat: int, features: Features) -> tuple[SimilarProduct, ...]:
        """The kept products most similar to one row of an expert's features."""
        return tuple(
            SimilarProduct(*self.products[row], similarity=cosine)
            for row, cosine in self.neighbours[seat].find(features)
        )
