"""Training products that are kept, to show what an answer resembles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aisle.experts.base import Expert, Features
from aisle.experts.cross_fitting import Evidence
from aisle.experts.neighbours import Neighbours, kept_rows
from aisle.experts.network import NetworkExpert
from aisle.schema import ReferenceProduct, SimilarProduct, title_of

if TYPE_CHECKING:
    from aisle.data.products import Products


@dataclass(frozen=True)
class Memory:
    """The kept products, and for each expert how to find the most similar among them.

    Attributes:
        products: the kept products.
        neighbours: one an expert.
    """

    products: list[ReferenceProduct]
    neighbours: list[Neighbours]

    @classmethod
    def of(
        cls, products: Products, experts: Sequence[Expert], evidence: Sequence[Evidence], seed: int
    ) -> Memory:
        """Keeps training products, at most 20,000."""
        rows = kept_rows(len(products), seed)
        kept = [
            ReferenceProduct(item.id, title_of(item), item.category or ())
            for item in (products.items[row] for row in rows)
        ]
        part = [Evidence(one.features[rows], one.present[rows]) for one in evidence]
        seen = zip(experts, part, strict=True)
        return cls(
            kept,
            [
                Neighbours().fit(Evidence(comparable(expert, one.features), one.present))
                for expert, one in seen
            ],
        )

    def similar(self, seat: int, features: Features) -> tuple[SimilarProduct, ...]:
        """The kept products most similar to one row of an expert's features."""
        return tuple(
            _similar(self.products[row], cosine)
            for row, cosine in self.neighbours[seat].find(features)
        )


def comparable(expert: Expert, features: Features) -> Features:
    """Rows that are the more alike, the larger their cosine."""
    return expert.context(features) if isinstance(expert, NetworkExpert) else features


def _similar(product: ReferenceProduct, similarity: float) -> SimilarProduct:
    return SimilarProduct(product.id, product.title, product.category, similarity)
