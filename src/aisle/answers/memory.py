"""Training products that are kept, to show what an answer resembles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aisle.experts.base import Expert, Features
from aisle.experts.cross_fitting import Evidence
from aisle.experts.neighbours import Neighbours, kept_rows
from aisle.experts.network import NetworkExpert
from aisle.schema import CategoryPath, Product, SimilarProduct

if TYPE_CHECKING:
    from aisle.data.products import Products

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
    def of(
        cls, products: Products, experts: Sequence[Expert], evidence: Sequence[Evidence], seed: int
    ) -> Memory:
        """Keeps training products, at most 20,000."""
        rows = kept_rows(len(products), seed)
        kept = [
            (item.id, _title(item), item.category or ())
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

    def knows(self, products: Iterable[Product]) -> int:
        """How many products are among the kept ones, by key and title."""
        kept = {(key, title) for key, title, _ in self.products}
        return sum((product.id, _title(product)) in kept for product in products)

    def similar(self, seat: int, features: Features) -> tuple[SimilarProduct, ...]:
        """The kept products most similar to one row of an expert's features."""
        return tuple(
            SimilarProduct(*self.products[row], similarity=cosine)
            for row, cosine in self.neighbours[seat].find(features)
        )


def comparable(expert: Expert, features: Features) -> Features:
    """Rows that are the more alike, the larger their cosine."""
    return expert.context(features) if isinstance(expert, NetworkExpert) else features


def _title(product: Product) -> str:
    return next(filter(None, product.texts), "")[:_TITLE_CHARACTERS]
